#include "runtime/token_helper.h"

#include <array>
#include <csignal>

#include "runtime/framed.h"
#include "runtime/helper_program.h"

namespace nacre {
namespace {

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
    return write_frame(socket_.number(), request);
}

Result<SecretBytes> TokenHelper::receive()
{
    auto answer = read_secret_frame(socket_.number(), token::frames);
    if (!answer && answer.error().kind != ErrorKind::peer_misbehaved)
        return system_failure("the program that talks to the token has ended");
    return answer;
}

Result<SecretBytes> TokenHelper::exchange_bytes(const SecretBytes& request)
{
    TRY(send(request.bytes()));
    return receive();
}

} // namespace nacre
