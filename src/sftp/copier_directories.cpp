// Copier: the way of one directory.  Make it, list it, wait for what is in it, set its attributes.
//
// Every name that a listing brings is a stranger's: only plain components are ever joined to a path.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sftp/copier.h"
#include "sftp/copier_ask.h"
#include "sftp/names.h"

namespace nacre::sftp {

namespace {

// Made so that it can be filled, whatever its mode will be.
constexpr std::uint32_t filling_bits = 0300;
constexpr std::uint32_t most_listing_requests = 16;

// With the sticky bit: a folder that everybody may write to is not to lose it on the way.
std::uint32_t directory_mode(const Attributes& facts) { return facts.mode(0777) & 01777; }

} // namespace

void Copier::begin_directory(std::uint32_t id)
{
    auto& job = jobs_[id];
    job.kind = Kind::directory;
    ++listings_;
    job.directory.listing = true;
    if (job.depth > most_depth)
        job.failure = fmt::format("{} \"{}\": lies too deep", source_.label(), printable_line(job.from));
    if (stopping_ || !job.failure.empty())
        return;
    if (job.parent == no_job && options_.follow_links && job.real_path.empty())
        resolve(id);
    if (job.directory.made)                                       // and then could not be opened
        return open_directory(id);
    ask(sink_, id, Step::make_directory, [&](Site& site, const Ticket& ticket) {
        return site.make_directory(ticket, job.to, directory_mode(*job.facts) | filling_bits);
    });
}

void Copier::made_directory(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (stopping_)
        return;
    if (answer.done()) {
        job.directory.made = job.directory.created = true;
        return open_directory(id);
    }
    job.outcome = answer.outcome;
    job.directory.excuse = fmt::format("{} mkdir \"{}\": {}", sink_.label(), printable_line(job.to), answer.reason);
    ask(sink_, id, Step::look_at_sink,
        [&](Site& site, const Ticket& ticket) { return site.look(ticket, job.to, Links::followed); });
}

void Copier::sink_is(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (!answer.done() || answer.attributes.kind() != FileKind::directory) {
        job.failure = job.directory.excuse;
        return;
    }
    if (stopping_)
        return;
    job.directory.made = true;
    open_directory(id);
}

void Copier::open_directory(std::uint32_t id)
{
    auto& job = jobs_[id];
    ask_to_open(source_, source_handles_, id, Step::open_directory,
                [&](Site& site, const Ticket& ticket) { return site.open_directory(ticket, job.from); });
}

void Copier::opened_directory(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (!answer.done())
        return not_opened(id, source_, job.from, answer);
    job.source_open = true;
    job.source_handle = answer.handle;
}

void Copier::list_more(std::uint32_t id)
{
    auto& job = jobs_[id];
    while (!job.directory.listed && job.directory.listing_requests < job.directory.listing_wanted) {
        if (to_begin() >= most_waiting && !lists_on_) {
            paused_.push_back(id);
            return;
        }
        ++job.directory.listing_requests;
        ask(source_, id, Step::read_directory,
            [&](Site& site, const Ticket& ticket) { return site.read_directory(ticket, job.source_handle); });
    }
}

void Copier::was_listed(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    --job.directory.listing_requests;
    job.directory.listing_wanted = std::min(2 * job.directory.listing_wanted, most_listing_requests);
    if (answer.done() && !stopping_) {
        for (auto& entry : answer.entries)
            met(id, entry);
        return;
    }
    if (answer.outcome != Outcome::end && !answer.done() && !job.directory.listed)
        fail_job(job, source_, "list", job.from, answer);
    job.directory.listed = true;
}

void Copier::met(std::uint32_t id, const DirectoryEntry& entry)
{
    auto& job = jobs_[id];
    if (entry.name == "." || entry.name == "..")
        return;
    auto refuse = [&](std::string_view why) {
        auto sentence = fmt::format("{} \"{}\": \"{}\" {}", source_.label(), printable_line(job.from), printable_line(entry.name), why);
        say(CopyNews::Kind::failed, job.from, std::move(sentence), Outcome::not_permitted);
    };
    if (!is_plain_name(entry.name))
        return refuse("is no file name");
    auto kind = entry.attributes.kind();
    auto from = join_path(job.from, entry.name);
    if (kind == FileKind::other || (kind == FileKind::link && !options_.follow_links))
        return left_out(from);
    if (kind == FileKind::directory && (job.depth >= most_depth || waiting_directories_.size() >= most_directories))
        return refuse("lies too deep, or beside too many");
    if (kind != FileKind::directory && to_begin() >= most_files)
        return refuse("lies beside too many");
    auto child = new_job(std::move(from), join_path(job.to, entry.name), id);
    ++job.directory.children;
    if (kind == FileKind::regular || kind == FileKind::directory)
        jobs_[child].facts = entry.attributes;
    if (kind == FileKind::directory)
        return waiting_directories_.push_back(child);
    ++totals_.files;
    if (kind == FileKind::regular)
        totals_.bytes += entry.attributes.size.value_or(0);
    will_begin(child);
}

void Copier::settle_directory(std::uint32_t id)
{
    auto& job = jobs_[id];
    if (stopping_ || !job.failure.empty())
        job.directory.listed = true;
    if (job.source_open && !job.directory.listed)
        list_more(id);
    if (job.directory.listing && job.directory.listed && job.unanswered == 0) {
        job.directory.listing = false;
        --listings_;
        if (job.source_open)
            release_source(job);
    }
    if (job.directory.listing || job.directory.children > 0 || job.unanswered > 0)
        return;
    auto mode = directory_mode(*job.facts);
    bool misses_sticky_bit = (mode & 01000) != 0 && !sink_.gives_sticky_bit();
    bool mode_differs = job.directory.created && ((mode & filling_bits) != filling_bits || misses_sticky_bit);
    if (!job.directory.restored && job.failure.empty() && !stopping_ && (options_.preserve || mode_differs)) {
        job.directory.restored = true;
        Attributes attributes;
        attributes.permissions = mode;
        if (options_.preserve)
            attributes.times = job.facts->times;
        ask(sink_, id, Step::set_directory,
            [&](Site& site, const Ticket& ticket) { return site.set_path(ticket, job.to, attributes); });
        if (job.unanswered > 0)
            return;
    }
    if (!job.failure.empty())
        say(CopyNews::Kind::failed, job.from, job.failure, job.outcome);
    done_with(id);
}

} // namespace nacre::sftp
