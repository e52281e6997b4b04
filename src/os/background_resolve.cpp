#include "os/background_resolve.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <thread>

#include "os/fd.h"
#include "os/system_error.h"
#include "os/waiting.h"

namespace nacre {
namespace {

// Of the whole process.  A caller that gives up does not end its thread, so a bound on who waits would not be enough.
constexpr int most_threads = 256;
std::atomic<int> threads = 0;

// What the two threads share.  The loop's side reads `answer` only once `is_there` says so.
struct Shared {
    ResolveRequest request;
    Fd bell;                                                      // the thread's end of a pipe: closing it wakes the loop
    std::optional<Result<Resolved>> answer;
    std::atomic<bool> is_there = false;
};

class ThreadLookup final : public Lookup {
public:
    ThreadLookup(Fd wakes, std::shared_ptr<Shared> shared, std::function<void(Result<Resolved>)> on_answer)
        : wakes_(std::move(wakes)), shared_(std::move(shared)), on_answer_(std::move(on_answer))
    {
    }

    void wait(EventLoop& loop)
    {
        watch_ = loop.watch(wakes_.number(), {.readable = true}, [this](Ready) {
            watch_->set({});
            auto on_answer = std::move(on_answer_);
            if (!shared_->is_there.load(std::memory_order_acquire))
                on_answer(system_failure("the lookup broke off"));
            else
                on_answer(std::move(*shared_->answer));
        });
    }

private:
    Fd wakes_;
    std::shared_ptr<Shared> shared_;
    std::function<void(Result<Resolved>)> on_answer_;
    std::unique_ptr<Watch> watch_;
};

void look_up(const std::shared_ptr<Shared>& shared)
{
    shared->answer = resolve(shared->request);
    shared->is_there.store(true, std::memory_order_release);
    shared->bell.close();
    threads.fetch_sub(1);
}

struct Asked {
    Fd wakes;                                                     // readable once there is an answer
    std::shared_ptr<Shared> shared;
};

Result<Asked> ask(ResolveRequest request)
{
    if (threads.fetch_add(1) >= most_threads) {
        threads.fetch_sub(1);
        return system_failure("too many names are being looked up", EAGAIN);
    }
    auto pipe = make_pipe();
    if (!pipe) {
        threads.fetch_sub(1);
        return fail(std::move(pipe.error()));
    }
    auto shared = std::make_shared<Shared>();
    shared->request = std::move(request);
    shared->bell = std::move(pipe->writer);
    // Signals belong to the loop's thread.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
        std::thread{[shared] { look_up(shared); }}.detach();
    } catch (const std::system_error&) {
        started = false;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (!started) {
        threads.fetch_sub(1);
        return system_failure("no thread to look up a name in");
    }
    return Asked{std::move(pipe->reader), std::move(shared)};
}

} // namespace

Result<std::unique_ptr<Lookup>> resolve_in_background(EventLoop& loop, ResolveRequest request,
                                                      std::function<void(Result<Resolved>)> on_answer)
{
    auto asked = TRY(ask(std::move(request)));
    auto lookup = std::make_unique<ThreadLookup>(std::move(asked.wakes), std::move(asked.shared), std::move(on_answer));
    lookup->wait(loop);
    return lookup;
}

Result<Resolved> resolve_within(std::optional<Duration> patience, ResolveRequest request)
{
    if (!patience)
        return resolve(request);
    auto asked = TRY(ask(std::move(request)));
    TRY(wait_until_readable(asked.wakes.number(), *patience));
    if (!asked.shared->is_there.load(std::memory_order_acquire))
        return system_failure(os_error_text(ETIMEDOUT), ETIMEDOUT);
    return std::move(*asked.shared->answer);
}

bool are_names_looked_up() { return threads.load() > 0; }

} // namespace nacre
