// Copier: a file of which others bring parts.
//
// The copy stays the copier's: it opens, closes and names the file, and stores what nobody else does.  Others are told of
// a large file once, and move a bound before it: behind that nothing is asked for.
#include <algorithm>

#include "base/contract.h"
#include "sftp/copier.h"

namespace nacre::sftp {

bool Copier::is_going_on(const Job& job) const
{
    return job.used && job.kind == Kind::file && !job.ending && job.failure.empty() && !job.end && !job.end_asked_for &&
           !stopping_;
}

bool Copier::has_large_file(std::uint64_t least) const
{
    return std::ranges::any_of(jobs_, [&](auto& job) {
        return is_going_on(job) && job.size >= least && job.size - job.asked >= least;
    });
}

std::optional<Copier::SharedFile> Copier::share(std::uint64_t least)
{
    for (std::uint32_t id = 0; id < jobs_.size(); ++id) {
        auto& job = jobs_[id];
        if (job.shared || !is_going_on(job) || !job.moving || job.size < least || job.size - job.asked < least)
            continue;
        job.shared = true;
        return shared(id);
    }
    return std::nullopt;
}

std::optional<Copier::SharedFile> Copier::shared(std::uint32_t id) const
{
    if (id >= jobs_.size() || !jobs_[id].shared || !is_going_on(jobs_[id]))
        return std::nullopt;
    auto& job = jobs_[id];
    return SharedFile{.job = id,
                      .to = sink_path(job),
                      .source_handle = job.source_handle,
                      .sink_handle = job.sink_handle,
                      .size = job.size,
                      .asked = job.asked,
                      .stored = job.stored,
                      .is_quiet = job.unanswered == 0 && job.stored == job.asked};
}

void Copier::go_on(std::uint32_t id, std::uint64_t begin, std::uint64_t end)
{
    auto& job = jobs_[id];
    NACRE_EXPECTS(shared(id) && end <= job.size && end >= job.asked);
    if (begin > job.asked) {
        NACRE_EXPECTS(job.unanswered == 0 && job.stored == job.asked && begin <= end);
        auto counted = std::min(begin - job.asked, job.unasked);
        job.unasked -= counted;
        unasked_ -= counted;
        totals_.bytes_done += begin - job.stored;
        job.asked = job.passed = job.stored = begin;
    }
    job.bound = end;
    if (!job.queued) {
        job.queued = true;
        moving_.push_back(id);
    }
    settle(id);
}

} // namespace nacre::sftp
