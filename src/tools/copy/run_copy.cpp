#include "tools/copy/run_copy.h"

#include "tools/copy/interrupts.h"

namespace nacre {

namespace {

// As long as a person who has typed ^C waits for what is under way to arrive; on a slow path it may be minutes' worth.
constexpr auto tidy_end = std::chrono::seconds{1};

TimePoint now() { return std::chrono::steady_clock::now(); }

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
                             copier.sink_answered(arrived.ticket, arrived.answer, now());
                         }});
    CopyResult result;
    TimePoint give_up_at{};
    for (;;) {
        copier.advance(now());
        tell(run);
        if (copier.finished())
            break;
        run.meter.show(now(), [&] { return Meter::State{copier.totals(), copier.current()}; });
        if (was_interrupted() && !result.interrupted) {
            result.interrupted = true;
            give_up_at = now() + tidy_end;
            copier.stop();
            continue;
        }
        if (result.interrupted && now() >= give_up_at) {
            copier.abandon();
            for (auto& waiting : links)
                waiting.link->give_up();
            break;
        }
        auto exchanged = SftpLink::exchange(links, std::chrono::milliseconds{250});
        if (!exchanged) {
            run.meter.clear();
            return fail(exchanged.error());
        }
    }
    run.meter.clear();
    result.failures = copier.totals().failures;
    return result;
}

} // namespace nacre
