// Copier: servers that have fewer handles than a copy would like.
//
// A server that has no more says only that something failed (SSH_FX_FAILURE), as it does for many other reasons.  So a
// file or directory that is refused while anything else was open, or may have been, is put back, and no more are begun
// than were open then; it is tried again when there are fewer, and when it was refused twice, once nothing is open.
// Refused with nothing else open it has failed, and those that were refused beside it have, too: nobody was in their way.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "sftp/copier.h"

namespace nacre::sftp {

bool Copier::has_handle(const Site& site, const Handles& handles, std::uint32_t begun)
{
    return begun < std::min(site.limits().open_files, handles.most);
}

bool Copier::has_room() const
{
    return source_.has_room() && sink_.has_room() && has_handle(source_, source_handles_, open_files_ + listings_) &&
           has_handle(sink_, sink_handles_, open_files_);
}

std::size_t Copier::to_begin() const
{
    return files_to_begin() + source_handles_.refused_twice.size() + sink_handles_.refused_twice.size();
}

// Handles may have been few for a moment only: where all goes well, one more is tried for as many as may be open.  Not
// before those that were put back have had their second try with fewer open.
void Copier::open_answered(const Ticket& ticket, const Answer& answer)
{
    auto& job = jobs_[ticket.job];
    auto& handles = *job.attempt.handles;
    --handles.unanswered;
    if (!answer.done())
        return;
    ++handles.held;
    ++handles.opened;
    if (job.put_back_by == &handles)
        no_longer_refused(job);
    if (handles.most == UINT32_MAX)
        return;
    handles.most = std::max(handles.most, handles.held);
    if (handles.put_back > 0 || ++handles.opened_since < handles.most)
        return;
    ++handles.most;
    handles.opened_since = 0;
}

void Copier::no_longer_refused(Job& job)
{
    if (auto* handles = std::exchange(job.put_back_by, nullptr))
        --handles->put_back;
}

// From before it was asked for until now nothing was open.
bool Copier::was_alone(const Attempt& attempt)
{
    return attempt.handles && attempt.held_before == 0 && attempt.opened_before == attempt.handles->opened &&
           attempt.handles->unanswered == 0;
}

// Alone, so that handles were not the matter, nor perhaps before.
void Copier::refused_for_good(Job& job)
{
    constexpr std::uint32_t enough = 1000;
    no_longer_refused(job);
    auto& most = job.attempt.handles->most;
    most = most < enough ? 2 * most : UINT32_MAX;
}

void Copier::not_opened(std::uint32_t id, const Site& site, const std::string& path, const Answer& answer)
{
    if (!is_put_back(id, site, path, answer))
        fail_job(jobs_[id], site, "open", path, answer);
}

// What was refused may be opened later.
bool Copier::is_put_back(std::uint32_t id, const Site& site, const std::string& path, const Answer& answer)
{
    auto& job = jobs_[id];
    auto& handles = *job.attempt.handles;
    no_longer_refused(job);
    if (answer.outcome != Outcome::failed || stopping_)
        return false;
    if (was_alone(job.attempt)) {
        refused_for_good(job);
        return false;
    }
    if (job.attempt.asked_before >= handles.asked_before_bound) { // not with others that this bound has been found for
        handles.most = std::min(handles.most, std::max({1u, handles.held, job.attempt.held_before}));
        handles.asked_before_bound = handles.asked;
        handles.opened_since = 0;
    }
    job.refusal = fmt::format("{} open \"{}\": {}", site.label(), printable_line(path), answer.reason);
    put_back(id);
    return true;
}

void Copier::put_back(std::uint32_t id)
{
    auto& job = jobs_[id];
    auto& handles = *job.attempt.handles;
    if (job.source_open)
        release_source(job);
    unasked_ -= job.file.unasked;
    --active_;
    --(job.kind == Kind::file ? open_files_ : listings_);
    job.kind = Kind::unknown;
    job.file = {};
    job.directory.listing = false;                                // the directory itself may be made already
    job.waits = true;
    if (std::exchange(job.refused_before, true))
        return handles.refused_twice.push_back(id);
    job.put_back_by = &handles;
    ++handles.put_back;
    if (job.facts->kind() == FileKind::directory)
        waiting_directories_.push_back(id);
    else
        waiting_files_.push_front(id);
}

void Copier::start_refused(Handles& handles)
{
    if (handles.held > 0 || handles.unanswered > 0)
        return;
    for (auto left = handles.refused_twice.size(); left > 0 && has_room(); --left) {   // some may come back at once
        auto id = handles.refused_twice.front();
        handles.refused_twice.pop_front();
        begin(id);
    }
}

void Copier::release_source(Job& job)
{
    job.source_open = false;
    --source_handles_.held;
    source_.release(job.source_handle);
}

} // namespace nacre::sftp
