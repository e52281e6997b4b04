// record server|client PORT USER PEER FILE: one conversation with a foreign program over loopback, into a file.
//
// As "server" it prints "listening" and takes one connection in.  The lists of algorithms come from the environment
// (KEX, CIPHERS, MACS, COMPRESSIONS); what is not set is the default.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../one_side.h"

namespace nacre::test {
namespace {

int die(const char* what)
{
    std::perror(what);
    return 1;
}

int meet(Role role, std::uint16_t port)
{
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* address = reinterpret_cast<sockaddr*>(&place);
    if (role == Role::client)
        return ::connect(fd, address, sizeof place) == 0 ? fd : -1;
    int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(fd, address, sizeof place) != 0 || ::listen(fd, 1) != 0)
        return -1;
    std::puts("listening");
    std::fflush(stdout);
    return ::accept(fd, nullptr, nullptr);
}

void talk(int fd, OneSide& side, Recording& recording)
{
    for (;;) {
        bool going_on = side.step();
        for (Bytes waiting = side.transport().to_transmit(); !waiting.empty(); waiting = side.transport().to_transmit()) {
            auto written = ::write(fd, waiting.data(), waiting.size());
            if (written <= 0)
                return;
            side.transport().transmitted(static_cast<std::size_t>(written));
            going_on = side.step() && going_on;                   // there may be room for more
        }
        if (!going_on)
            return;
        auto space = side.transport().receive_space();
        auto count = ::read(fd, space.data(), space.size());
        if (count <= 0)
            return;
        recording.heard.emplace_back(space.begin(), space.begin() + count);
        side.transport().received(static_cast<std::size_t>(count));
    }
}

void choose(std::string& list, const char* variable)
{
    if (auto* value = std::getenv(variable))
        list = value;
}

int record(char** arguments)
{
    Recording recording;
    recording.role = std::strcmp(arguments[1], "client") == 0 ? Role::client : Role::server;
    recording.user = arguments[3];
    recording.peer = arguments[4];
    recording.seed = 20'000;
    recording.proposal = Proposal::defaults();
    if (recording.role == Role::server)
        recording.proposal.host_key_algorithms = "ssh-ed25519";
    choose(recording.proposal.kex_methods, "KEX");
    choose(recording.proposal.host_key_algorithms, "HOST_KEYS");
    choose(recording.proposal.ciphers, "CIPHERS");
    choose(recording.proposal.macs, "MACS");
    choose(recording.proposal.compressions, "COMPRESSIONS");
    int fd = meet(recording.role, static_cast<std::uint16_t>(std::atoi(arguments[2])));
    if (fd < 0)
        return die("socket");
    auto side = make_side(recording);
    talk(fd, *side, recording);
    recording.transcript = side->transcript();
    recording.write(arguments[5]);
    ::close(fd);
    return 0;
}

} // namespace
} // namespace nacre::test

int main(int count, char** arguments)
{
    if (count != 6) {
        std::fputs("usage: record server|client PORT USER PEER FILE\n", stderr);
        return 2;
    }
    return nacre::test::record(arguments);
}
