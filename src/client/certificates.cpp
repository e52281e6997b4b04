#include "client/certificates.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/text.h"
#include "keys/certificate.h"
#include "keys/key_file.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

Result<PublicKey> read_certificate(const std::string& path)
{
    auto content = TRY(read_file(path, key_file_limit));
    auto file = TRY(parse_public_key(content));
    auto certificate = TRY(parse_certificate(file.key));
    if (certificate.terms.role != CertificateRole::user)
        return bad_input("not a user certificate");
    if (!is_valid_at(certificate.terms, static_cast<std::uint64_t>(std::time(nullptr))))
        return bad_input("the certificate has expired, or is not valid yet");
    return std::move(file.key);
}

// Files that the configuration names may be missing, and those that it does not name all the more.
void add(std::vector<OwnCertificate>& certificates, const std::string& path, Log& log)
{
    auto certificate = read_certificate(path);
    if (!certificate) {
        auto level = certificate.error().os_error == ENOENT ? LogLevel::debug1 : LogLevel::info;
        log.say(level, "certificate {}: {}", printable(path), printable(certificate.error().what));
        return;
    }
    auto same = [&](const OwnCertificate& other) { return other.certificate == *certificate; };
    if (std::ranges::any_of(certificates, same))
        return;
    log.debug1("certificate file {} type {}", printable(path), certificate->type().name);
    certificates.push_back({path, *std::move(certificate)});
}

} // namespace

std::vector<OwnCertificate> load_certificates(const Configuration& configuration, Log& log)
{
    auto& options = configuration.options();
    bool named = !options.certificate_file.empty();
    std::vector<OwnCertificate> certificates;
    for (auto& file : named ? options.certificate_file : options.identity_file) {
        if (file == "none")
            continue;
        auto path = configuration.expand_file(file);
        if (!path)
            log.error("{}: {}", printable(file), path.error().what);
        else
            add(certificates, named ? *path : *path + "-cert.pub", log);
    }
    return certificates;
}

} // namespace nacre
