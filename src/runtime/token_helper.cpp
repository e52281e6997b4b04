#include "runtime/token_helper.h"

#include <array>
#include <csignal>

#include "runtime/helper_program.h"

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

} // namespace

Result<TokenHelper> TokenHelper::start(HelperKind kind)
{
    auto& row = helpers[static_cast<std::size_t>(kind)];
    auto program = TRY(helper_program(row.program, row.variable));
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
