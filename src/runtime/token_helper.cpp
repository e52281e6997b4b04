#include "runtime/token_helper.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <vector>

#include "os/environment.h"

namespace nacre {

namespace {

constexpr std::size_t length_size = 4;

struct HelperRow {
    HelperKind kind;
    std::string_view program;
    const char* variable;
};

constexpr std::array helpers{
    HelperRow{HelperKind::security_key, "ssh-sk-helper", "SSH_SK_HELPER"},
    HelperRow{HelperKind::pkcs11, "ssh-pkcs11-helper", "SSH_PKCS11_HELPER"},
};

std::string own_folder()
{
    std::array<char, PATH_MAX> path{};
    auto length = ::readlink("/proc/self/exe", path.data(), path.size());
    std::string program{path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    return program.substr(0, program.rfind('/'));
}

Result<std::string> find_program(const HelperRow& row)
{
    if (auto named = environment_variable(row.variable); named && !named->empty()) {
        if (!named->starts_with('/'))
            return bad_input(fmt::format("{} must be an absolute path", row.variable));
        return *named;
    }
    std::vector<std::string> folders{own_folder()};
#ifdef NACRE_LIBEXEC_DIR
    folders.emplace_back(NACRE_LIBEXEC_DIR);
#endif
#ifdef NACRE_BUILD_BIN_DIR
    folders.emplace_back(NACRE_BUILD_BIN_DIR);
#endif
    for (auto& folder : folders) {
        auto path = fmt::format("{}/{}", folder, row.program);
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return bad_input(fmt::format("{} is not installed", row.program));
}

} // namespace

Result<TokenHelper> TokenHelper::start(HelperKind kind)
{
    auto& row = helpers[static_cast<std::size_t>(kind)];
    auto program = TRY(find_program(row));
    auto pair = TRY(make_socket_pair());
    TRY(set_blocking(pair.ours.number(), Blocking::yes));
    TRY(set_blocking(pair.theirs.number(), Blocking::yes));
    auto child = spawn({.program = program,
                        .input = pair.theirs.number(),
                        .output = pair.theirs.number(),
                        .die_with_parent = true});
    if (!child)
        return fail(in_context(program, std::move(child.error())));
    return TokenHelper{std::move(pair.ours), std::move(*child)};
}

TokenHelper& TokenHelper::operator=(TokenHelper&& other) noexcept
{
    stop();
    socket_ = std::move(other.socket_);
    child_ = std::move(other.child_);
    other.child_ = {};                                            // moved from, it still has its pid
    return *this;
}

// A library may be stuck; nothing that it holds is ours to lose.
void TokenHelper::stop()
{
    socket_.close();
    if (!child_.is_running())
        return;
    (void)child_.send_signal(SIGKILL);
    (void)child_.wait();
}

Result<void> TokenHelper::send(Bytes request)
{
    if (request.size() > token::message_limit)
        return bad_input("too much for one message to a token");
    std::array<std::uint8_t, length_size> length{};
    Writer::store_u32(length.data(), static_cast<std::uint32_t>(request.size()));
    TRY(write_all(socket_.number(), length));
    return write_all(socket_.number(), request);
}

Result<SecretBytes> TokenHelper::receive()
{
    std::array<std::uint8_t, length_size> length{};
    if (!read_exactly(socket_.number(), length))
        return system_failure("the program that talks to the token has ended");
    auto size = Reader{length}.u32();
    if (size == 0 || size > token::message_limit)
        return peer_misbehaved("the token's helper talks nonsense");
    SecretBytes answer(size);
    TRY(read_exactly(socket_.number(), answer.bytes()));
    return answer;
}

Result<SecretBytes> TokenHelper::exchange_bytes(const SecretBytes& request)
{
    TRY(send(request.bytes()));
    return receive();
}

} // namespace nacre
