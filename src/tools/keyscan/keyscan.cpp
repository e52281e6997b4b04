#include "tools/keyscan/keyscan.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "crypto/random.h"
#include "os/print.h"
#include "os/privileges.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "os/system_log.h"
#include "tools/keyscan/scan.h"
#include "tools/letters.h"

namespace nacre {

namespace {

using namespace keyscan;

constexpr int exit_nothing_found = 1;
constexpr int exit_failed = 255;
constexpr std::array levels{LogLevel::info, LogLevel::debug1, LogLevel::debug2, LogLevel::debug3};   // by the number of -v
constexpr std::size_t largest_file = 16 * 1024 * 1024;
constexpr std::uint64_t spare_descriptors = 24;                   // for standard streams, the loop

Result<Targets> targets_of(const Settings& settings)
{
    Targets targets;
    for (auto& file : settings.files) {
        auto content = file == "-" ? read_all(0, largest_file) : read_file(file, largest_file, FifoWriter::awaited);
        if (!content)
            return fail(std::move(content.error()));
        if (auto added = targets.add_file(as_text(*content)); !added)
            return fail(in_context(printable(file), added.error()));
    }
    for (auto& host : settings.hosts)
        TRY(targets.add(host));
    return targets;
}

Result<int> scan(const Settings& settings)
{
    FdLog log{2, levels[std::min<std::size_t>(settings.verbosity, levels.size() - 1)], LineEnd::newline};
    auto targets = TRY(targets_of(settings));
    auto files = TRY(current_limit(Limit::open_files));
    auto at_once = files > 2 * spare_descriptors ? files - spare_descriptors : files / 2;
    auto loop = TRY(EventLoop::create());
    SystemRandom random;
    Scan scan{loop, settings, std::move(targets), at_once, random, log};
    scan.run();
    return scan.found_any() ? 0 : exit_nothing_found;
}

} // namespace

int run_keyscan(int count, char** arguments)
{
    ignore_broken_pipes();
    if (answers_help(count, arguments, usage()))
        return 0;
    auto settings = parse_arguments(count, arguments);
    if (settings && settings->help) {
        say(stderr, "{}", usage());
        return exit_nothing_found;
    }
    auto status = settings ? scan(*settings) : Result<int>{fail(std::move(settings.error()))};
    if (status)
        return *status;
    say(stderr, "ssh-keyscan: {}\n", status.error().what);
    return exit_failed;
}

} // namespace nacre
