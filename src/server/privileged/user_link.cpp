// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/user_link.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/expand.h"
#include "config/none.h"
#include "os/safe_file.h"
#include "os/user.h"
#include "server/privileged/reap.h"
#include "server/privileged/start_user_process.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

// "~/jail" is in the user's home, "~joe/jail" in another's.  What a home is called is not expanded.
Result<std::string> root_directory(std::string_view pattern, const UserAccount& account)
{
    Tokens values;
    values.set('h', account.home).set('u', account.name).set('U', std::to_string(account.uid));
    if (!pattern.starts_with('~'))
        return expand_tokens(pattern, values, tokens::user_files);
    auto slash = std::min(pattern.find('/'), pattern.size());
    auto home = account.home;
    if (std::string name{pattern.substr(1, slash - 1)}; !name.empty()) {
        auto other = TRY(user_named(name));
        if (!other)
            return bad_input(fmt::format("there is no user \"{}\"", printable(name)));
        home = other->home;
    }
    auto rest = TRY(expand_tokens(pattern.substr(slash), values, tokens::user_files));
    return home + rest;
}

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
        auto directory = root_directory(login.options().chroot_directory, account);
        auto checked = directory ? check_root_directory(*directory) : Result<void>{fail(directory.error())};
        if (!checked)
            return fail(in_context("ChrootDirectory", std::move(checked).error()));
        order.root_directory = std::move(*directory);
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
