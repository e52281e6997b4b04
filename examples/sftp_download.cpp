// Copies a file or a whole folder from a server, with its times and permissions.
//
//     sftp_download USER HOST PORT KEY_FILE KNOWN_HOSTS_FILE FROM TO
#include <nacre/runtime.h>

#include <cstdio>

using namespace nacre;

namespace {

struct Arguments {
    std::string user, host;
    std::uint16_t port;
    std::string key_file, known_hosts, from, to;
};

void tell(const sftp::CopyNews& news)
{
    if (news.kind == sftp::CopyNews::Kind::finished)
        std::printf("%s, %ju bytes\n", printable(news.path).c_str(), static_cast<std::uintmax_t>(news.size));
}

Result<void> download(const Arguments& arguments)
{
    auto loop = TRY(EventLoop::create());
    auto key = TRY(signer_from_file(arguments.key_file));
    auto host = TRY(known_host_in_file(arguments.known_hosts, arguments.host, arguments.port));
    auto client = TRY(SshClient::connect(loop, {
        .host = arguments.host,
        .port = arguments.port,
        .answers = {.user = arguments.user, .host = host, .keys = {key}},
    }));
    auto files = TRY(client->files());
    TRY(files->download(arguments.from, arguments.to, {.recursive = true, .preserve = true}, tell));
    return {};
}

} // namespace

int main(int count, char** words)
{
    auto port = count == 8 ? parse_number<std::uint16_t>(words[3]) : std::nullopt;
    if (!port) {
        std::fprintf(stderr, "usage: sftp_download USER HOST PORT KEY_FILE KNOWN_HOSTS_FILE FROM TO\n");
        return 2;
    }
    auto done = download({words[1], words[2], *port, words[4], words[5], words[6], words[7]});
    if (!done)
        std::fprintf(stderr, "sftp_download: %s\n", done.error().what.c_str());
    return done ? 0 : 1;
}
