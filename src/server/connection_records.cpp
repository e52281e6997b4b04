// PRIVILEGED: the listener's account of what a monitor has entered in the system's books.
#include "server/connection_records.h"

namespace nacre {

OpenRecords::OpenRecords(CloseRecords open)
{
    for (auto& session : open.pam_sessions.items)
        pam_session_ = std::move(session);
    for (auto& record : open.terminals.items)
        terminals_[record.terminal] = record;
}

Result<bool> OpenRecords::note(Bytes message)
{
    MessageNumber number{message[0]};
    if (number.value < TerminalRecorded::number.value || number.value > PamSessionClosed::number.value)
        return false;
    if (message.size() > longest_message)
        return bad_input("a record of a connection is too long");
    if (number == TerminalRecorded::number) {
        auto record = TRY(decode<TerminalRecorded>(message));
        if (terminals_.size() < most_terminals)
            terminals_[record.terminal] = record;
    } else if (number == TerminalForgotten::number) {
        auto gone = TRY(decode<TerminalForgotten>(message));
        terminals_.erase(gone.terminal);
    } else if (number == PamSessionOpened::number) {
        pam_session_ = TRY(decode<PamSessionOpened>(message));
    } else {
        pam_session_.reset();
    }
    return true;
}

CloseRecords OpenRecords::to_close() const
{
    CloseRecords order;
    if (pam_session_)
        order.pam_sessions.items.push_back(*pam_session_);
    for (auto& [name, record] : terminals_)
        order.terminals.items.push_back(record);
    return order;
}

} // namespace nacre
