#include "client/certificates.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/text.h"
#include "config/none.h"
#include "keys/certificate.h"
#include "keys/key_file.h"
#include "os/safe_file.h"
#include "os/system_error.h"

namespace nacre {
namespace {

Result<PublicKey> read_certificate(const std::string& path)
{
    auto content = TRY(read_file(path, key_file_limit, FifoWriter::awaited));
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
        auto& error = certificate.error();
        auto why = error.os_error != 0 ? os_error_text(error.os_error) : printable(error.what);
        log.say(level, "certificate {}: {}", printable(path), why);
        return;
    }
    auto same = [&](const OwnCertificate& other) { return other.certificate == *certificate; };
    if (std::ranges::any_of(certificates, same))
        return;
    log.debug1("certificate file {} type {}", printable(path), certificate->type().name);
    certificates.push_back({path, *std::move(certificate)});
}

// Some keep a key's certificate in the place of its public half, or name it alone.  It may be a private key, then.
bool holds_certificate(const std::string& path)
{
    auto facts = file_facts(path);
    if (!facts || !facts->is_regular)                             // what a FIFO holds can be read once, by whoever wants a key
        return false;
    auto content = read_secret_file(path, key_file_limit);
    if (!content)
        return false;
    auto file = parse_public_key(content->bytes());
    return file && file->key.is_certificate();
}

} // namespace

std::vector<OwnCertificate> load_certificates(const Configuration& configuration, Log& log)
{
    auto& options = configuration.options();
    std::vector<OwnCertificate> certificates;
    auto each = [&](const std::vector<std::string>& files, auto add_for) {
        for (auto& file : files) {
            auto path = is_none(file) ? std::string{} : configuration.expand_file(file);
            if (!path)
                log.error("{}: {}", printable(file), path.error().what);
            else if (!path->empty())
                add_for(*path);
        }
    };
    each(options.certificate_file, [&](const std::string& path) { add(certificates, path, log); });
    each(options.identity_file, [&](const std::string& path) {
        if (options.certificate_file.empty())
            add(certificates, path + "-cert.pub", log);
        for (auto& place : {path + ".pub", path})
            if (holds_certificate(place))
                add(certificates, place, log);
    });
    return certificates;
}

} // namespace nacre
