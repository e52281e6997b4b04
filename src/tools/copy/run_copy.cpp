#include "tools/copy/run_copy.h"

#include <optional>

#include "tools/copy/interrupts.h"

namespace nacre {

namespace {

// As long as a person who has typed ^C waits for what is under way to arrive; on a slow path it may be minutes' worth.
constexpr auto tidy_end = std::chrono::seconds{1};
// What the server itself is copying to its place cannot be stopped, and must not meet a file that is being shortened.
constexpr auto placing_end = std::chrono::seconds{30};

TimePoint now() { return std::chrono::steady_clock::now(); }

Meter::State state_of(const CopyRun& run)
{
    Meter::State state{run.copier.totals(), run.copier.current()};
    if (run.lanes)
        state.totals.bytes_done += run.lanes->ahead();
    return state;
}

void tell(const CopyRun& run)
{
    while (auto news = run.copier.next_news()) {
        switch (news->kind) {
        case sftp::CopyNews::Kind::started: break;
        case sftp::CopyNews::Kind::finished: run.meter.finished(*news); break;
        case sftp::CopyNews::Kind::failed:
        case sftp::CopyNews::Kind::noted:
            run.meter.clear();
            run.complain(news->sentence);
            break;
        }
    }
}

struct Interrupt {
    std::optional<TimePoint> since{};                             // it came; then, the copier was stopped
    bool stopped = false;

    bool waits() const { return since && !stopped; }              // for what is being placed
};

enum class Ending { none, has_begun, given_up };

Ending end_tidily(const CopyRun& run, Interrupt& interrupt)
{
    if (!interrupt.since && was_interrupted()) {
        interrupt.since = now();
        if (run.lanes)
            run.lanes->stop();
    }
    if (!interrupt.since)
        return Ending::none;
    if (interrupt.stopped)
        return now() >= *interrupt.since + tidy_end ? Ending::given_up : Ending::none;
    if (run.lanes && run.lanes->is_placing() && now() < *interrupt.since + placing_end)
        return Ending::none;
    interrupt = {.since = now(), .stopped = true};
    run.copier.stop();
    return Ending::has_begun;
}

} // namespace

Result<CopyResult> run_copy(const CopyRun& run)
{
    auto& copier = run.copier;
    std::vector<SftpLink::Waiting> links;
    if (run.source)
        links.push_back({run.source, [&](const sftp::Client::Arrived& arrived) {
                             copier.source_answered(arrived.ticket, arrived.answer, now());
                         }});
    if (run.sink)
        links.push_back({run.sink, [&](const sftp::Client::Arrived& arrived) {
                             if (arrived.ticket.step == sftp::Step::other)
                                 run.lanes->told(arrived);
                             else
                                 copier.sink_answered(arrived.ticket, arrived.answer, now());
                         }});
    auto ordinary_links = links.size();
    Interrupt interrupt;
    for (;;) {
        links.resize(ordinary_links);                             // attend() may end some of the lanes
        if (run.lanes)
            run.lanes->attend(copier, now());
        if (!interrupt.waits())
            copier.advance(now());
        tell(run);
        if (copier.finished() && !(run.lanes && run.lanes->is_busy()))
            break;
        run.meter.show(now(), [&] { return state_of(run); });
        auto ending = end_tidily(run, interrupt);
        if (ending == Ending::has_begun)
            continue;
        if (ending == Ending::given_up) {
            copier.abandon();
            for (auto& waiting : links)
                waiting.link->give_up();
            break;
        }
        if (run.lanes)
            run.lanes->add_to(links);
        auto exchanged = SftpLink::exchange(links, std::chrono::milliseconds{250});
        if (!exchanged) {
            run.meter.clear();
            return fail(exchanged.error());
        }
    }
    if (run.lanes)
        run.lanes->finish();
    run.meter.clear();
    return CopyResult{.failures = copier.totals().failures, .interrupted = interrupt.since.has_value()};
}

} // namespace nacre
