// Copier: the way of one file.  Open the source, open the sink, move blocks, set attributes, close.
//
// A source's size may be out of date, or wrong.  So the last block is asked for in full length, which costs no request
// unless the size is a multiple of it, and where more comes than the size promised, the file is read until it ends.
//
// The attributes and the close leave together; they do not leave together with the data, so that a failed write is
// known before the file is said to be whole, and servers that work on several requests at once keep the times.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "sftp/copier.h"
#include "sftp/copier_ask.h"
#include "sftp/messages.h"

namespace nacre::sftp {

namespace {

// A source of size 0 is empty, or does not say its size (files in /proc): once there was data, read on speculation.
std::uint32_t blind_reads(std::uint64_t so_far) { return so_far == 0 ? 1 : 8; }

} // namespace

void Copier::begin_file(std::uint32_t id)
{
    auto& job = jobs_[id];
    job.kind = Kind::file;
    job.file.in_place = options_.in_place;
    ++open_files_;
    job.file.size = job.facts->size.value_or(0);
    job.file.unasked = job.file.size;
    unasked_ += job.file.unasked;
    if (options_.resume == Resume::no)
        return open_source(id);
    auto links = options_.atomic ? Links::shown : Links::followed;
    ask(sink_, id, Step::look_at_sink,
        [&](Site& site, const Ticket& ticket) { return site.look(ticket, sink_path(job), links); });
}

void Copier::open_source(std::uint32_t id)
{
    auto& job = jobs_[id];
    if (!stopping_)
        ask_to_open(source_, source_handles_, id, Step::open_source,
                    [&](Site& site, const Ticket& ticket) { return site.open_to_read(ticket, job.from); });
}

void Copier::source_opened(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (!answer.done())
        return not_opened(id, source_, job.from, answer);
    job.source_open = true;
    job.source_handle = answer.handle;
    if (stopping_)
        return;
    if (options_.resume == Resume::verified && job.file.start > 0)
        ask_to_open(sink_, sink_handles_, id, Step::open_sample,
                    [&](Site& site, const Ticket& ticket) { return site.open_to_read(ticket, sink_path(job)); });
    else
        open_sink(id);
}

void Copier::open_sink(std::uint32_t id)
{
    auto& job = jobs_[id];
    bool truncate = job.file.start == 0 && !job.file.in_place;
    if (!truncate || !options_.spares_source || options_.atomic)
        return open_sink(id, truncate);
    ask(sink_, id, Step::look_before_emptying,
        [&](Site& site, const Ticket& ticket) { return site.look(ticket, job.to, Links::followed); });
}

void Copier::looked_before_emptying(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    const auto& source = *job.facts;
    const auto& sink = answer.attributes;
    job.file.in_place = answer.done() && sink.size && sink.size == source.size && sink.times && source.times &&
                   sink.times->modification == source.times->modification;
    if (!stopping_)
        open_sink(id, !job.file.in_place);
}

void Copier::open_sink(std::uint32_t id, bool truncate)
{
    auto& job = jobs_[id];
    SinkFile how{.mode = job.facts->mode(0666) & 0777, .truncate = truncate, .private_name = options_.atomic};
    ask_to_open(sink_, sink_handles_, id, Step::open_sink,
                [&](Site& site, const Ticket& ticket) { return site.open_to_write(ticket, sink_path(job), how); });
}

void Copier::sink_opened(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (!answer.done())
        return not_opened(id, sink_, sink_path(job), answer);
    job.file.sink_open = true;
    job.file.sink_handle = answer.handle;
    job.file.asked = job.file.passed = job.file.stored = job.file.start;
    auto resumed = std::min(job.file.start, job.file.unasked);
    job.file.unasked -= resumed;
    unasked_ -= resumed;
    totals_.bytes_done += job.file.start;
    job.file.moving = job.file.queued = true;
    moving_.push_back(id);
    news_.push_back({.kind = CopyNews::Kind::started, .path = job.from, .size = job.file.size});
}

std::uint32_t Copier::block_size() const
{
    auto size = std::min({source_.limits().read_size, sink_.limits().write_size, most_data});
    if (learned_block_ > 0)
        size = std::min(size, learned_block_);
    return std::max<std::uint32_t>(1, std::min(size, options_.block_size.value_or(size)));
}

void Copier::move_data()
{
    auto most = options_.requests.value_or(std::min(source_.limits().requests, sink_.limits().requests));
    while (!moving_.empty() && depth_.has_room() && requests_ < most && source_.has_room() && sink_.has_room()) {
        auto id = moving_.front();
        if (!move_block(id)) {
            jobs_[id].file.queued = false;
            moving_.pop_front();
        }
        settle(id);
    }
}

// False: nothing more to ask for now.
bool Copier::move_block(std::uint32_t id)
{
    auto& job = jobs_[id];
    if (!job.used || !job.file.moving || !job.file.queued || job.file.ending || !job.failure.empty() || job.file.end || stopping_)
        return false;
    auto end = std::min(job.file.size, job.file.bound.value_or(job.file.size));
    auto all_asked_for = job.file.bound ? job.file.asked >= end : job.file.end_asked_for;
    if (job.file.size == 0 ? job.file.reads >= blind_reads(job.file.passed) : all_asked_for)
        return false;
    auto block = block_size();
    auto promised = block;
    if (job.file.size > 0)
        promised = static_cast<std::uint32_t>(std::min<std::uint64_t>(block, end - job.file.asked));
    auto offset = job.file.asked;
    job.file.asked += promised;
    job.file.end_asked_for |= !job.file.bound && promised < block;
    auto counted = std::min<std::uint64_t>(promised, job.file.unasked);
    job.file.unasked -= counted;
    unasked_ -= counted;
    depth_.sent(promised);
    auto length = job.file.bound ? promised : block;              // what lies behind a bound is others' to read
    ask_for(id, {.length = length, .beyond = length - promised, .offset = offset});
    return true;
}

void Copier::ask_for(std::uint32_t id, Ticket wanted)
{
    auto& job = jobs_[id];
    ++job.file.reads;
    wanted.job = id;
    wanted.step = Step::read;
    wanted.sent = now_;
    ask(source_, id, wanted, [&](Site& site, const Ticket& ticket) { return site.read(ticket, job.source_handle); });
}

// There is more than the source has said; how much more it cannot be asked without another wait.
void Copier::outgrown(std::uint32_t id, const Ticket& ticket)
{
    auto& job = jobs_[id];
    job.file.size = 0;
    job.file.asked = ticket.offset + ticket.length;
    depth_.sent(ticket.beyond);
    if (!std::exchange(job.file.queued, true))
        moving_.push_back(id);
}

void Copier::was_read(std::uint32_t id, const Ticket& ticket, const Answer& answer)
{
    auto& job = jobs_[id];
    --job.file.reads;
    auto got = answer.done() ? static_cast<std::uint32_t>(answer.data.size() + answer.in_kernel) : 0;
    auto wanted = ticket.length - ticket.beyond;
    bool ended = answer.outcome == Outcome::end || (answer.done() && got == 0);
    if (ended)
        job.file.end = std::min(job.file.end.value_or(ticket.offset), ticket.offset);
    else if (!answer.done())
        fail_job(job, source_, "read", job.from, answer);
    if (got == 0 || !job.failure.empty()) {
        depth_.answered(wanted, now_ - ticket.sent, now_);
        return;
    }
    if (got > wanted) {
        outgrown(id, ticket);
        wanted = ticket.length;
    }
    if (ticket.came_before > 0 && job.file.size > 0)              // no end was there: the server gives no more at once
        learned_block_ = std::max<std::uint32_t>(ticket.came_before, 4096);
    if (ticket.offset == job.file.passed) {
        pass_on(id, ticket.sent, {answer.data, answer.in_kernel});
        pass_early(id);
    } else {
        NACRE_EXPECTS(answer.in_kernel == 0);                     // a site that has them answers at once, so in order
        job.file.early.emplace(ticket.offset, to_vector(answer.data));
    }
    if (got < wanted && !job.failure.empty()) {                   // it could not be passed on
        depth_.answered(wanted - got, now_ - ticket.sent, now_);
    } else if (got < wanted) {
        ask_for(id, {.length = ticket.length - got, .beyond = ticket.length - wanted, .came_before = got,
                     .offset = ticket.offset + got});
    } else if (job.file.size == 0 && !job.file.queued) {
        job.file.queued = true;
        moving_.push_back(id);
    }
}

void Copier::pass_on(std::uint32_t id, TimePoint sent, Block block)
{
    auto& job = jobs_[id];
    Ticket place{.job = id, .step = Step::write, .length = static_cast<std::uint32_t>(block.size()),
                 .offset = job.file.passed, .sent = sent};
    job.file.passed += block.size();
    ask(sink_, id, place,
        [&](Site& site, const Ticket& ticket) { return site.write(ticket, job.file.sink_handle, block); });
}

void Copier::pass_early(std::uint32_t id)
{
    auto& job = jobs_[id];
    auto& early = job.file.early;
    while (!early.empty() && early.begin()->first == job.file.passed && job.failure.empty()) {
        auto data = std::move(early.begin()->second);
        early.erase(early.begin());
        pass_on(id, now_, Bytes{data});
    }
}

void Copier::was_written(std::uint32_t id, const Ticket& ticket, const Answer& answer)
{
    auto& job = jobs_[id];
    depth_.answered(ticket.length, now_ - ticket.sent, now_);
    if (!answer.done()) {
        job.file.lost = std::min(job.file.lost.value_or(ticket.offset), ticket.offset);
        return fail_job(job, sink_, "write", sink_path(job), answer);
    }
    job.file.stored += ticket.length;
    totals_.bytes_done += ticket.length;
}

bool Copier::is_complete(const Job& job) const
{
    if (!job.file.sink_open || !job.failure.empty() || job.file.reads > 0 || job.file.stored != job.file.passed)
        return false;
    if (job.file.end)
        return job.file.passed >= *job.file.end;
    return job.file.size > 0 && job.file.passed >= job.file.size && (job.file.bound || job.file.end_asked_for);
}

void Copier::settle_file(std::uint32_t id)
{
    auto& job = jobs_[id];
    if (!job.file.ending) {
        if (job.file.moving && job.failure.empty() && !stopping_ && !is_complete(job))
            return;                                               // move_data() goes on with it
        end_file(id);
    }
    if (job.unanswered == 0)
        finish_file(id);
}

void Copier::end_file(std::uint32_t id)
{
    auto& job = jobs_[id];
    job.file.ending = true;
    job.file.moving = false;
    unasked_ -= job.file.unasked;
    job.file.unasked = 0;
    for (auto& [offset, data] : job.file.early)
        depth_.answered(data.size(), Duration::max(), now_);
    // No hole is left, nor an end of what was there before.
    if (job.file.sink_open && (job.file.lost || job.file.in_place))
        cut(id, job.file.lost.value_or(job.file.stored));
    if (job.file.sink_open && is_complete(job)) {
        Attributes attributes;
        if (options_.preserve) {
            if (job.facts->permissions)
                attributes.permissions = *job.facts->permissions & 0777;
            attributes.times = job.facts->times;
        }
        if (attributes != Attributes{})
            ask(sink_, id, Step::set,
                [&](Site& site, const Ticket& ticket) { return site.set(ticket, job.file.sink_handle, attributes); });
        if (options_.sync)
            ask(sink_, id, Step::sync, [&](Site& site, const Ticket& ticket) { return site.sync(ticket, job.file.sink_handle); });
    }
    if (job.file.sink_open)
        ask(sink_, id, Step::close_sink,
            [&](Site& site, const Ticket& ticket) { return site.close(ticket, job.file.sink_handle); });
    if (job.source_open)
        release_source(job);
}

void Copier::cut(std::uint32_t id, std::uint64_t size)
{
    auto& job = jobs_[id];
    Attributes beginning;
    beginning.size = size;
    ask(sink_, id, Step::cut,
        [&](Site& site, const Ticket& ticket) { return site.set(ticket, job.file.sink_handle, beginning); });
}

// There are servers that let nobody set sizes.  Whether that matters shows in the size that the file has.
void Copier::was_cut(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (!answer.done() && job.failure.empty())
        ask(sink_, id, Step::look_at_end,
            [&](Site& site, const Ticket& ticket) { return site.look(ticket, sink_path(job), Links::followed); });
}

void Copier::finish_file(std::uint32_t id)
{
    auto& job = jobs_[id];
    if (options_.atomic && is_complete(job) && !job.file.placed) {
        job.file.placed = true;
        ask(sink_, id, Step::put_in_place,
            [&](Site& site, const Ticket& ticket) { return site.replace(ticket, sink_path(job), job.to); });
        if (job.unanswered > 0)
            return;
    }
    if (!job.failure.empty()) {
        say(CopyNews::Kind::failed, job.from, job.failure, job.outcome);
    } else if (is_complete(job)) {
        ++totals_.files_done;
        news_.push_back({.kind = CopyNews::Kind::finished, .path = job.from, .size = job.file.passed, .took = now_ - job.begun});
    }
    done_with(id);
}

std::string Copier::sink_path(const Job& job) const
{
    return options_.atomic ? part_name(job.to) : job.to;
}

} // namespace nacre::sftp
