// PRIVILEGED: runs in sshd-session as root.
#include "server/privileged/close_records.h"

#include <unistd.h>

#include <ctime>

#include "base/text.h"
#include "os/privileged/login_record.h"
#include "os/privileged/pam.h"

namespace nacre {
namespace {

constexpr unsigned longest = 60;                                  // seconds that PAM's modules may take

void close_terminal(const TerminalRecorded& record, Log& log)
{
    LoginRecord entry;
    entry.user = record.user;
    entry.uid = record.uid;
    entry.pid = static_cast<std::int32_t>(record.pid);
    entry.terminal = record.terminal;
    entry.host = record.host;
    entry.when = static_cast<std::int64_t>(std::time(nullptr));
    if (auto done = record_logout(entry); !done)
        log.error("login record of {}: {}", printable(record.terminal), printable(done.error().what));
}

// Another process than the one that opened it: modules find their data by user, terminal and host.
void close_pam_session(const PamSessionOpened& session, Log& log)
{
    PamStart settings;
    settings.service = session.service;
    settings.user = session.user;
    settings.remote_host = session.remote_host;
    settings.connection_info = session.connection_info;
    auto pam = Pam::start(settings);
    if (!pam) {
        log.error("PAM: {}", printable(pam.error().what));
        return;
    }
    pam->adopt_session();
    pam->close_session();
}

} // namespace

void close_records(const CloseRecords& order, Log& log)
{
    ::alarm(longest);
    for (auto& terminal : order.terminals.items)
        close_terminal(terminal, log);
    for (auto& session : order.pam_sessions.items)
        close_pam_session(session, log);
    log.info("closed {} login records and {} PAM sessions of a connection whose sshd-session was killed",
             order.terminals.items.size(), order.pam_sessions.items.size());
}

} // namespace nacre
