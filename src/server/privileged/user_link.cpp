// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/user_link.h"

#include "config/expand.h"
#include "config/none.h"
#include "os/safe_file.h"
#include "server/privileged/reap.h"
#include "server/privileged/start_user_process.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

Result<BecomeUser> first_order(Login& login)
{
    auto& account = login.account();
    BecomeUser order;
    order.uid = account.uid;
    order.gid = account.gid;
    order.groups.items = TRY(login.passwords().groups());
    order.user = account.name;
    order.home = account.home;
    order.shell = account.shell;
    if (login.options().expose_auth_info)
        order.auth_info = login.auth_info();
    if (!is_unset(login.options().chroot_directory)) {
        Tokens values;
        values.set('h', account.home).set('u', account.name).set('U', std::to_string(account.uid));
        auto directory = TRY(expand_tokens(login.options().chroot_directory, values, tokens::user_files));
        if (auto checked = check_root_directory(directory); !checked)
            return fail(in_context("ChrootDirectory", std::move(checked).error()));
        order.root_directory = directory;
    }
    return order;
}

} // namespace

UserLink::~UserLink()
{
    watch_.reset();
    socket_.close();
    reap(process_);
}

Result<void> UserLink::start(int program_fd, Login& login)
{
    auto order = TRY(first_order(login));
    auto pair = TRY(make_socket_pair(SocketPairKind::packets));
    process_ = TRY(start_user_process(program_fd, pair.theirs.number()));
    socket_ = MessageSocket{std::move(pair.ours)};
    watch_ = loop_.watch(socket_.fd(), {.readable = true}, [this](Ready) { ready(); });
    return socket_.send(order);
}

void UserLink::ready()
{
    auto message = socket_.receive();
    if (!message || !*message) {
        watch_.reset();
        reap(process_);
        auto status = process_.wait();
        on_end_(status && status->code == other_protocol_status ? "sshd-user is of another version than sshd-session"
                                                                : "the user's process ended");
        return;
    }
    auto handled = on_news_(std::move(**message));
    if (!handled) {
        watch_.reset();
        on_end_(handled.error().what);
    }
}

} // namespace nacre
