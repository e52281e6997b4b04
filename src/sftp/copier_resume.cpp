// Copier: going on behind what is there already.
//
// Verifying reads samples from both sides: the first block, some spread over the middle, and the whole end, where an
// interrupted transfer would have left a hole.  Comparing everything would cost a download what it saves.  What differs
// between samples stays: the manuals say so, with these numbers.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "sftp/copier.h"
#include "sftp/copier_ask.h"

namespace nacre::sftp {

namespace {

constexpr std::uint32_t sample_size = 32768;
constexpr std::uint64_t samples_at_end = 8;
constexpr std::uint64_t samples_between = 16;

std::set<std::uint64_t> sample_offsets(std::uint64_t length)
{
    auto blocks = (length + sample_size - 1) / sample_size;
    std::set<std::uint64_t> offsets;
    for (std::uint64_t i = 0; i < samples_between; ++i)
        offsets.insert(blocks * i / samples_between * sample_size);
    for (auto block = blocks - std::min(blocks, samples_at_end); block < blocks; ++block)
        offsets.insert(block * sample_size);
    return offsets;
}

} // namespace

void Copier::measured_sink(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    // A part that is no file of its own was left by somebody else, and is no beginning.
    bool counts = answer.done() && (!options_.atomic || answer.attributes.kind() == FileKind::regular);
    auto there = counts ? answer.attributes.size.value_or(0) : 0;
    if (answer.done() && answer.attributes.kind() == FileKind::directory) {
        job.failure = fmt::format("{} \"{}\": is a directory", sink_.label(), printable_line(sink_path(job)));
        return;
    }
    if (there <= job.file.size)
        job.file.start = there;
    else if (options_.resume == Resume::trusting) {
        job.failure = fmt::format("cannot resume \"{}\": what is there already is larger than the source",
                                  printable_line(sink_path(job)));
        return;
    }
    open_source(id);
}

void Copier::begin_samples(std::uint32_t id, const Answer& opened)
{
    auto& job = jobs_[id];
    if (!opened.done() && is_put_back(id, sink_, sink_path(job), opened))
        return;
    if (stopping_ && opened.done())
        release_sample(opened.handle);
    if (stopping_)
        return;
    if (!opened.done()) {                                         // write-only for us: nothing can be compared
        say(CopyNews::Kind::noted, job.from,
            fmt::format("\"{}\" cannot be compared ({}): copied anew", printable_line(sink_path(job)), opened.reason));
        job.file.start = 0;
        return open_sink(id, !options_.in_place);
    }
    job.file.sink_handle = opened.handle;
    auto offsets = sample_offsets(job.file.start);
    job.file.samples_left = static_cast<std::uint32_t>(offsets.size());
    for (auto offset : offsets)
        ask_for_sample(id, offset, static_cast<std::uint32_t>(std::min<std::uint64_t>(sample_size, job.file.start - offset)));
}

void Copier::ask_for_sample(std::uint32_t id, std::uint64_t offset, std::uint32_t length)
{
    auto& job = jobs_[id];
    Ticket wanted{.job = id, .step = Step::sample, .length = length, .offset = offset, .sent = now_};
    ask(source_, id, wanted, [&](Site& site, const Ticket& ticket) { return site.read(ticket, job.source_handle); });
    ask(sink_, id, wanted, [&](Site& site, const Ticket& ticket) { return site.read(ticket, job.file.sink_handle); });
}

void Copier::release_sample(const std::string& handle)
{
    --sink_handles_.held;
    sink_.release(handle);
}

void Copier::sample_came(std::uint32_t id, const Ticket& ticket, const Answer& answer)
{
    auto& job = jobs_[id];
    auto other = job.file.samples.find(ticket.offset);
    if (other == job.file.samples.end()) {
        job.file.samples.emplace(ticket.offset, to_vector(answer.data));
        return;
    }
    auto common = std::min(other->second.size(), answer.data.size());
    if (common == 0 || !same_bytes(Bytes{other->second}.first(common), answer.data.first(common)))
        job.file.samples_differ = true;
    job.file.samples.erase(other);
    if (common < ticket.length && !job.file.samples_differ && !stopping_)   // less came than was asked for
        return ask_for_sample(id, ticket.offset + common, ticket.length - static_cast<std::uint32_t>(common));
    if (--job.file.samples_left > 0)
        return;
    release_sample(job.file.sink_handle);
    if (stopping_)
        return;
    if (job.file.samples_differ) {
        say(CopyNews::Kind::noted, job.from,
            fmt::format("\"{}\" is no beginning of the source: copied anew", printable_line(sink_path(job))));
        job.file.start = 0;
    }
    open_sink(id, job.file.start == 0 && !options_.in_place);
}

} // namespace nacre::sftp
