#include "tools/agent/token_jobs.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "runtime/token_helper.h"

namespace nacre::agent_tool {

namespace {

SecretBytes failed(std::string text)
{
    return SecretBytes::copy_of(encode(token::Failed{token::Trouble::other, std::move(text)}));
}

bool wants_pin(Bytes answer)
{
    auto said = decode<token::Failed>(answer);
    return said && said->trouble == token::Trouble::pin_needed;
}

void stop(Child& child)
{
    if (!child.is_running())
        return;
    (void)child.send_signal(SIGTERM);
    (void)child.wait();
}

} // namespace

TokenJobs::TokenJobs(EventLoop& loop, Confirmations& confirmations, Log& log)
    : loop_(loop), confirmations_(confirmations), log_(log),
      askpass_(askpass_settings(Environment::of_this_process()))
{
}

TokenJobs::~TokenJobs()
{
    for (auto& job : fido_)
        stop(job.notice);
}

TokenJobs::Ticket TokenJobs::start(agent::TokenNeeded needed, Done done)
{
    auto ticket = ++last_ticket_;
    if (needed.where == agent::TokenNeeded::Where::fido) {
        fido_.emplace_back(ticket, std::move(needed), std::move(done));
        begin_waiting_jobs();
        return ticket;
    }
    auto& library = libraries_[needed.provider];
    library.jobs.push_back({ticket, std::move(needed.message), std::move(done)});
    if (library.jobs.size() == 1)
        library.soon = loop_.at(loop_.now(), [this, &library] { run_next(library); });
    return ticket;
}

void TokenJobs::cancel(Ticket ticket)
{
    for (auto& job : fido_)
        if (job.ticket == ticket) {
            if (job.question)
                confirmations_.cancel(*job.question);
            stop(job.notice);
        }
    std::erase_if(fido_, [&](auto& job) { return job.ticket == ticket; });
    begin_waiting_jobs();
    for (auto& [path, library] : libraries_)
        for (auto& job : library.jobs)
            if (job.ticket == ticket)
                job.ticket = 0;
}

// ---- FIDO --------------------------------------------------------------------------------

// From the loop, so that nobody's call ends in somebody else's answer.
void TokenJobs::begin_waiting_jobs()
{
    auto begun = static_cast<std::size_t>(std::ranges::count_if(fido_, &FidoJob::has_begun));
    for (auto& job : fido_)
        if (!job.has_begun() && begun < most_fido_jobs) {
            job.soon = loop_.at(loop_.now(), [this, &job] { run(job); });
            ++begun;
        }
}

void TokenJobs::run(FidoJob& job)
{
    auto now = std::move(job.soon);
    show_notice(job);
    auto helper = TokenHelper::start(HelperKind::security_key);
    auto message = agent::with_pin(job.needed.message, job.pin.text());
    auto sent = helper ? helper->send(message.bytes()) : Result<void>{fail(helper.error())};
    if (!sent) {
        finish(job, failed(sent.error().what));
        return;
    }
    job.helper = std::move(*helper);
    job.watch = loop_.watch(job.helper->descriptor(), {.readable = true}, [this, &job](Ready) { heard(job); });
}

void TokenJobs::heard(FidoJob& job)
{
    auto done = std::move(job.watch);
    auto answer = job.helper->receive();
    job.helper.reset();
    stop(job.notice);
    if (!answer)
        finish(job, failed(answer.error().what));
    else if (wants_pin(answer->bytes()) && job.attempts++ < pin_attempts)
        ask_pin(job);
    else
        finish(job, std::move(*answer));
}

void TokenJobs::ask_pin(FidoJob& job)
{
    job.question = confirmations_.ask_secret(job.needed.pin_prompt, [this, &job](std::optional<SecretBytes> said) {
        job.question.reset();
        if (!said || said->empty()) {
            finish(job, failed("the token wants a PIN, and nobody gave it"));
            return;
        }
        job.pin = std::move(*said);
        run(job);
    });
}

void TokenJobs::finish(FidoJob& job, SecretBytes answer)
{
    stop(job.notice);
    auto done = std::move(job.done);
    fido_.remove_if([&](auto& other) { return &other == &job; });
    begin_waiting_jobs();
    done(std::move(answer));
}

// Goes when the token has been touched; closing it changes nothing.
void TokenJobs::show_notice(FidoJob& job)
{
    if (job.needed.notice.empty() || choose_prompt(askpass_, false) != PromptWith::program)
        return;
    auto environment = Environment::of_this_process();
    environment.set("SSH_ASKPASS_PROMPT", "none");
    auto child = spawn({.program = askpass_.program,
                        .search_path = true,
                        .arguments = {askpass_.program, job.needed.notice},
                        .environment = std::move(environment),
                        .input = null_stream,
                        .output = null_stream,
                        .die_with_parent = true});
    if (child)
        job.notice = std::move(*child);
    else
        log_.debug1("{}: {}", job.needed.notice, child.error().what);
}

// ---- PKCS#11 -----------------------------------------------------------------------------

void TokenJobs::run_next(Loaded& library)
{
    auto now = std::move(library.soon);
    while (!library.jobs.empty() && library.jobs.front().ticket == 0)
        library.jobs.pop_front();
    if (library.jobs.empty())
        return;
    if (!library.helper) {
        auto helper = TokenHelper::start(HelperKind::pkcs11);
        if (!helper) {
            finish_first(library, failed(helper.error().what));
            return;
        }
        library.helper = std::move(*helper);
    }
    if (auto sent = library.helper->send(library.jobs.front().message.bytes()); !sent) {
        library.helper.reset();
        finish_first(library, failed(sent.error().what));
        return;
    }
    library.watch =
        loop_.watch(library.helper->descriptor(), {.readable = true}, [this, &library](Ready) { heard(library); });
}

void TokenJobs::heard(Loaded& library)
{
    auto done = std::move(library.watch);
    auto answer = library.helper->receive();
    if (!answer) {
        library.helper.reset();
        finish_first(library, failed(answer.error().what));
        return;
    }
    finish_first(library, std::move(*answer));
}

void TokenJobs::finish_first(Loaded& library, SecretBytes answer)
{
    auto job = std::move(library.jobs.front());
    library.jobs.pop_front();
    if (!library.jobs.empty())
        library.soon = loop_.at(loop_.now(), [this, &library] { run_next(library); });
    if (job.ticket != 0)
        job.done(std::move(answer));                              // may take `library` away, if it was the last job
}

void TokenJobs::keep_libraries_of(const std::vector<agent::StoredKey>& keys)
{
    std::erase_if(libraries_, [&](auto& entry) {
        bool has_keys = std::ranges::any_of(
            keys, [&](auto& key) { return key.in_pkcs11_token() && key.provider == entry.first; });
        return !has_keys && entry.second.jobs.empty();
    });
}

} // namespace nacre::agent_tool
