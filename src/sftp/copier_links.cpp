// Copier: symbolic links that are followed.
//
// One that leads to a folder in which it lies, by whatever way, would be copied into itself again and again: it is left
// out, as a failure.  The paths without links of the folders above tell that; the source is asked for those of what links
// lead to, and of the top, and the others follow from these.
#include <fmt/format.h>

#include "base/text.h"
#include "sftp/copier.h"
#include "sftp/copier_ask.h"
#include "sftp/names.h"

namespace nacre::sftp {

void Copier::resolve(std::uint32_t id)
{
    auto& job = jobs_[id];
    ask(source_, id, Step::resolve, [&](Site& site, const Ticket& ticket) { return site.real_path(ticket, job.from); });
}

// Where nobody can say, only the depth bounds them.
void Copier::resolved(std::uint32_t id, const Answer& answer)
{
    auto& job = jobs_[id];
    if (answer.done() && !answer.entries.empty())
        job.real_path = answer.entries[0].name;
    if (job.parent == no_job)
        return;
    if (leads_back(job))
        job.failure = fmt::format("{} \"{}\": leads back to a folder that it lies in: left out", source_.label(),
                                  printable_line(job.from));
    else
        decide_kind(id);
}

std::string Copier::known_real_path(std::uint32_t id) const
{
    std::string below;
    for (; id != no_job; id = jobs_[id].parent) {
        auto& job = jobs_[id];
        if (!job.real_path.empty())
            return below.empty() ? job.real_path : join_path(job.real_path, below);
        auto name = std::string{last_component(job.from)};
        below = below.empty() ? name : join_path(name, below);
    }
    return {};
}

bool Copier::leads_back(const Job& job) const
{
    if (job.real_path.empty())
        return false;
    for (auto above = job.parent; above != no_job; above = jobs_[above].parent)
        if (lies_in(known_real_path(above), job.real_path))
            return true;
    return false;
}

void Copier::left_out(const std::string& path)
{
    say(CopyNews::Kind::noted, path, fmt::format("{} \"{}\": not a regular file, left out", source_.label(), printable_line(path)));
}

} // namespace nacre::sftp
