#include "tools/scp/scp.h"

#include <algorithm>
#include <clocale>
#include <cstdio>

#include "os/print.h"
#include "os/signals.h"
#include "tools/letters.h"
#include "tools/scp/between_hosts.h"
#include "tools/scp/complain.h"
#include "tools/scp/copies.h"
#include "tools/scp/old_protocol.h"

namespace nacre {

namespace {

using namespace scp_tool;

constexpr int exit_wrong_value = 255;

Result<std::vector<CopyPlace>> parse_places(const Settings& settings)
{
    std::vector<CopyPlace> places;
    for (auto& word : settings.words) {
        auto place = TRY(parse_place(word));
        places.push_back(std::move(place));
    }
    return places;
}

int copy(const Settings& settings, std::vector<CopyPlace> sources, const CopyPlace& target)
{
    int worst = 0;
    if (settings.between == Between::directly && target.host) {
        bool into = settings.into_directory || sources.size() > 1;
        for (auto& source : sources)
            if (source.host)
                worst = std::max(worst, let_them_copy(settings, source, target, into));
        std::erase_if(sources, [](auto& source) { return source.host.has_value(); });
    }
    if (sources.empty())
        return worst;
    return std::max(worst, settings.protocol == Protocol::old ? copy_by_old_protocol(settings, sources, target)
                                                              : copy_over_sftp(settings, sources, target));
}

int run(const Settings& settings)
{
    if (settings.role != Role::user)
        return serve_old_protocol(settings);
    auto places = parse_places(settings);
    if (!places) {
        complain(places.error().what);
        return 1;
    }
    auto target = std::move(places->back());
    places->pop_back();
    return copy(settings, std::move(*places), target);
}

} // namespace

int run_scp(int count, char** arguments)
{
    ignore_broken_pipes();
    std::setlocale(LC_CTYPE, "");
    if (answers_help(count, arguments, usage()))
        return 0;
    auto settings = parse_arguments(count, arguments);
    if (!settings) {
        complain(settings.error().what);
        return exit_wrong_value;
    }
    if (!settings->help)
        return run(*settings);
    say(stderr, "{}", usage());
    return 1;
}

} // namespace nacre
