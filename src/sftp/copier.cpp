#include "sftp/copier.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/contract.h"
#include "base/text.h"
#include "sftp/copier_ask.h"
#include "sftp/names.h"

namespace nacre::sftp {

namespace {

constexpr std::string_view part_ending = ".part";

bool opens(Step step)
{
    return step == Step::open_source || step == Step::open_sink || step == Step::open_sample || step == Step::open_directory;
}

} // namespace

void Copier::add(std::string from, std::string to, const Attributes& known)
{
    auto id = new_job(std::move(from), std::move(to), no_job);
    will_begin(id);
    ++totals_.files;
    if (known.kind() != FileKind::regular || !known.size)
        return;
    jobs_[id].facts = known;
    totals_.bytes += *known.size;
}

std::uint32_t Copier::new_job(std::string from, std::string to, std::uint32_t parent)
{
    std::uint32_t id;
    if (free_.empty()) {
        id = static_cast<std::uint32_t>(jobs_.size());
        jobs_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    auto& job = jobs_[id];
    job.used = true;
    job.from = std::move(from);
    job.to = std::move(to);
    job.parent = parent;
    job.depth = parent == no_job ? 0 : jobs_[parent].depth + 1;
    return id;
}

// Until there is an answer to wait for: what fails at once may make room for others.
void Copier::advance(TimePoint now)
{
    now_ = now;
    std::uint64_t before;
    do {
        before = begun_;
        start_waiting();
        bool stands_still = open_files_ == 0 && under_way_ == 0;
        move_data();
        list_paused(stands_still);
    } while (under_way_ == 0 && begun_ != before);
}

// Listings that paused for the files hold handles.  If those are all there are, no file can be begun before one ends.
void Copier::list_paused(bool stands_still)
{
    if (paused_.empty() || (to_begin() >= most_waiting / 2 && !stands_still))
        return;
    lists_on_ = stands_still;
    for (auto id : std::exchange(paused_, {}))
        settle(id);
    lists_on_ = false;
    start_waiting();
}

// Files first: directories are read ahead only as far as there is nothing else to do, and leave handles for the files.
void Copier::start_waiting()
{
    while (!waiting_files_.empty() && has_room() && unasked_ < depth_.target()) {
        auto id = waiting_files_.front();
        waiting_files_.pop_front();
        start_file(id);
    }
    constexpr std::uint32_t most_listings = 16;
    auto handles = std::min(source_.limits().open_files, source_handles_.most);
    auto most = std::clamp(handles / 2, 1u, most_listings);
    while (!waiting_directories_.empty() && has_room() && listings_ < most && to_begin() < most_waiting) {
        auto id = waiting_directories_.back();
        waiting_directories_.pop_back();
        begin(id);
    }
    start_refused(source_handles_);
    start_refused(sink_handles_);
    start_called_like_parts();
}

void Copier::start_file(std::uint32_t id)
{
    auto& job = jobs_[id];
    job.owns_name = job.owns_name || written_.insert(job.to).second;
    if (job.owns_name)
        begin(id);
    else                                                          // two of one name: one after the other, and the last stays
        held_.emplace(job.to, id);
}

void Copier::will_begin(std::uint32_t id)
{
    auto& to = jobs_[id].to;
    auto name = last_component(to);
    if (options_.atomic && name.starts_with('.') && name.ends_with(part_ending))
        called_like_parts_.emplace(name.size(), id);
    else
        waiting_files_.push_back(id);
}

// One after the other, when all others are in their places: a shorter name's part may have a longer one's name.
void Copier::start_called_like_parts()
{
    while (!called_like_parts_.empty() && open_files_ + listings_ == 0 && waiting_directories_.empty() &&
           to_begin() == called_like_parts_.size() && has_room()) {
        auto id = called_like_parts_.begin()->second;
        called_like_parts_.erase(called_like_parts_.begin());
        start_file(id);
    }
}

void Copier::release_name(Job& job)
{
    if (!std::exchange(job.owns_name, false))
        return;
    written_.erase(job.to);
    if (auto next = held_.find(job.to); next != held_.end()) {
        waiting_files_.push_front(next->second);
        held_.erase(next);
    }
}

void Copier::begin(std::uint32_t id)
{
    auto& job = jobs_[id];
    ++active_;
    ++begun_;
    job.waits = false;
    job.begun = now_;
    if (job.refused_before && was_alone(job.attempt)) {           // beside others that were refused, too
        refused_for_good(job);
        job.failure = job.refusal;
    } else if (job.facts) {
        decide_kind(id);
    } else {
        ++open_files_;
        auto links = job.parent == no_job || options_.follow_links ? Links::followed : Links::shown;
        ask(source_, id, Step::look,
            [&](Site& site, const Ticket& ticket) { return site.look(ticket, job.from, links); });
    }
    settle(id);
}

void Copier::looked(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    --open_files_;                                                // until its kind is known
    if (!answer.done())
        return fail_job(job, source_, "stat", job.from, answer);
    job.facts = answer.attributes;
    if (job.facts->kind() == FileKind::directory)
        --totals_.files;                                          // counted as one while nobody knew
    else
        totals_.bytes += job.facts->size.value_or(0);
    if (job.facts->kind() == FileKind::directory && job.parent != no_job && options_.follow_links)
        return resolve(id);
    decide_kind(id);
}

void Copier::decide_kind(std::uint32_t id)
{
    auto& job = jobs_[id];
    switch (job.facts->kind()) {
    case FileKind::regular:
    case FileKind::unknown:
        return begin_file(id);
    case FileKind::directory:
        release_name(job);
        if (options_.recursive)
            return begin_directory(id);
        job.failure = fmt::format("{} \"{}\": is a directory: -r copies all that is in it", source_.label(), printable_line(job.from));
        return;
    case FileKind::link:                                          // not followed
        --totals_.files;
        return left_out(job.from);
    default:
        job.failure = fmt::format("{} \"{}\": not a regular file", source_.label(), printable_line(job.from));
        return;
    }
}

void Copier::source_answered(const Ticket& ticket, const Answer& answer, TimePoint now)
{
    arrived(source_, ticket, answer, now);
}

void Copier::sink_answered(const Ticket& ticket, const Answer& answer, TimePoint now)
{
    arrived(sink_, ticket, answer, now);
}

void Copier::arrived(Site& site, const Ticket& ticket, const Answer& answer, TimePoint now)
{
    now_ = now;
    NACRE_EXPECTS(ticket.job < jobs_.size() && jobs_[ticket.job].unanswered > 0);
    if (ticket.step == Step::read || ticket.step == Step::write)
        --requests_;
    else
        depth_.answered(0, now - ticket.sent, now);
    dispatch(site, ticket, answer);
    settle(ticket.job);
}

void Copier::dispatch(Site& site, const Ticket& ticket, const Answer& answer)
{
    auto id = ticket.job;
    auto& job = jobs_[id];
    --job.unanswered;
    --under_way_;
    auto must_succeed = [&](std::string_view action, std::string_view path) {
        if (!answer.done())
            fail_job(job, site, action, path, answer);
    };
    auto should_succeed = [&](std::string_view action, std::string_view path) {
        if (!answer.done())
            say(CopyNews::Kind::noted, job.from,
                fmt::format("{} {} \"{}\": {}", site.label(), action, printable_line(path), answer.reason));
    };
    if (opens(ticket.step))
        open_answered(ticket, answer);
    switch (ticket.step) {
    case Step::look: return looked(id, answer);
    case Step::resolve: return resolved(id, answer);
    case Step::look_at_sink: return job.kind == Kind::directory ? sink_is(id, answer) : measured_sink(id, answer);
    case Step::look_before_emptying: return looked_before_emptying(id, answer);
    case Step::open_source: return source_opened(id, answer);
    case Step::open_sink: return sink_opened(id, answer);
    case Step::read: return was_read(id, ticket, answer);
    case Step::write: return was_written(id, ticket, answer);
    case Step::open_sample: return begin_samples(id, answer);
    case Step::sample: return sample_came(id, ticket, answer);
    case Step::make_directory: return made_directory(id, answer);
    case Step::open_directory: return opened_directory(id, answer);
    case Step::read_directory: return was_listed(id, answer);
    case Step::set: return should_succeed("set attributes of", job.to);
    case Step::set_directory: return should_succeed("set attributes of", job.to);
    case Step::sync: return must_succeed("fsync", job.to);
    case Step::close_sink:
        --sink_handles_.held;
        return must_succeed("close", job.to);
    case Step::put_in_place: return must_succeed("rename to", job.to);
    case Step::cut: return was_cut(id, answer);
    case Step::look_at_end:
        if (!answer.done() || answer.attributes.size.value_or(0) > job.file.passed)
            job.failure = fmt::format("{} truncate \"{}\": it keeps the end of what was there", sink_.label(), printable_line(job.to));
        return;
    case Step::other: return;
    }
}

// What comes next for a job when nothing is unanswered.
void Copier::settle(std::uint32_t id)
{
    auto& job = jobs_[id];
    if (!job.used || job.waits)
        return;
    if (job.kind == Kind::directory)
        return settle_directory(id);
    if (job.unanswered > 0)
        return;
    if (job.kind == Kind::file)
        return settle_file(id);
    if (!job.failure.empty())
        say(CopyNews::Kind::failed, job.from, job.failure, job.outcome);
    done_with(id);
}

void Copier::done_with(std::uint32_t id)
{
    --active_;
    if (jobs_[id].kind == Kind::file)
        --open_files_;
    release_name(jobs_[id]);
    forget(id);
}

void Copier::forget(std::uint32_t id)
{
    auto parent = jobs_[id].parent;
    no_longer_refused(jobs_[id]);
    jobs_[id] = Job{};
    free_.push_back(id);
    if (parent == no_job)
        return;
    --jobs_[parent].directory.children;
    settle(parent);
}

void Copier::stop()
{
    stopping_ = true;
    for (auto& [name, id] : std::exchange(held_, {}))
        forget(id);
    for (auto id : std::exchange(waiting_files_, {}))
        forget(id);
    for (auto id : std::exchange(waiting_directories_, {}))
        forget(id);
    for (auto& [length, id] : std::exchange(called_like_parts_, {}))
        forget(id);
    for (auto* handles : {&source_handles_, &sink_handles_})
        for (auto id : std::exchange(handles->refused_twice, {}))
            forget(id);
    for (std::uint32_t id = 0; id < jobs_.size(); ++id)
        settle(id);
}

void Copier::abandon()
{
    for (auto& job : jobs_) {
        if (job.used && job.source_open && !job.file.ending)
            source_.release(job.source_handle);
        if (job.used && job.file.sink_open && !job.file.ending && job.file.in_place) {
            Attributes beginning;
            beginning.size = job.file.stored;
            (void)sink_.set(Ticket{}, job.file.sink_handle, beginning);
        }
        if (job.used && (job.file.sink_open || job.file.samples_left > 0) && !job.file.ending)
            sink_.release(job.file.sink_handle);
        job = Job{};
    }
    moving_.clear();
    paused_.clear();
    written_.clear();
    active_ = under_way_ = 0;
}

void Copier::fail_job(Job& job, const Site& site, std::string_view action, std::string_view path, const Answer& answer)
{
    if (!job.failure.empty())
        return;
    job.failure = fmt::format("{} {} \"{}\": {}", site.label(), action, printable_line(path), answer.reason);
    job.outcome = answer.outcome;
}

void Copier::say(CopyNews::Kind kind, const std::string& path, std::string sentence, Outcome outcome)
{
    if (kind == CopyNews::Kind::failed)
        ++totals_.failures;
    news_.push_back({.kind = kind, .path = path, .sentence = std::move(sentence), .outcome = outcome});
}

std::optional<CopyNews> Copier::next_news()
{
    if (news_.empty())
        return std::nullopt;
    auto news = std::move(news_.front());
    news_.pop_front();
    return news;
}

CopyTotals Copier::totals() const
{
    auto totals = totals_;
    totals.all_met = waiting_directories_.empty() && listings_ == 0 && to_begin() == files_to_begin();
    return totals;
}

std::optional<CurrentFile> Copier::current() const
{
    const Job* oldest = nullptr;
    for (auto& job : jobs_)
        if (job.used && job.file.moving && (!oldest || job.begun < oldest->begun))
            oldest = &job;
    if (!oldest)
        return std::nullopt;
    return CurrentFile{oldest->from, oldest->file.size, oldest->file.stored};
}

std::string Copier::part_name(std::string_view path)
{
    auto directory = path.contains('/') ? directory_of(path) : std::string_view{};
    return join_path(directory, fmt::format(".{}{}", last_component(path), part_ending));
}

} // namespace nacre::sftp
