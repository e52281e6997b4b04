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
    auto& file = job.file;
    return job.used && job.kind == Kind::file && !file.ending && job.failure.empty() && !file.end && !file.end_asked_for && !stopping_;
}

bool Copier::has_large_file(std::uint64_t least) const
{
    return std::ranges::any_of(jobs_, [&](auto& job) {
        return is_going_on(job) && job.file.size >= least && job.file.size - job.file.asked >= least;
    });
}

std::optional<Copier::SharedFile> Copier::share(std::uint64_t least)
{
    for (std::uint32_t id = 0; id < jobs_.size(); ++id) {
        auto& job = jobs_[id];
        auto& file = job.file;
        if (file.shared || !is_going_on(job) || !file.moving || file.size < least || file.size - file.asked < least)
            continue;
        file.shared = true;
        return shared(id);
    }
    return std::nullopt;
}

std::optional<Copier::SharedFile> Copier::shared(std::uint32_t id) const
{
    if (id >= jobs_.size() || !jobs_[id].file.shared || !is_going_on(jobs_[id]))
        return std::nullopt;
    auto& job = jobs_[id];
    return SharedFile{.job = id,
                      .to = sink_path(job),
                      .source_handle = job.source_handle,
                      .sink_handle = job.file.sink_handle,
                      .size = job.file.size,
                      .asked = job.file.asked,
                      .stored = job.file.stored,
                      .is_quiet = job.unanswered == 0 && job.file.stored == job.file.asked};
}

void Copier::go_on(std::uint32_t id, std::uint64_t begin, std::uint64_t end)
{
    auto& job = jobs_[id];
    NACRE_EXPECTS(shared(id) && end <= job.file.size && end >= job.file.asked);
    if (begin > job.file.asked) {
        NACRE_EXPECTS(job.unanswered == 0 && job.file.stored == job.file.asked && begin <= end);
        auto counted = std::min(begin - job.file.asked, job.file.unasked);
        job.file.unasked -= counted;
        unasked_ -= counted;
        totals_.bytes_done += begin - job.file.stored;
        job.file.asked = job.file.passed = job.file.stored = begin;
    }
    job.file.bound = end;
    if (!job.file.queued) {
        job.file.queued = true;
        moving_.push_back(id);
    }
    settle(id);
}

} // namespace nacre::sftp
