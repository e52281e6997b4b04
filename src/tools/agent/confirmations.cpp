#include "tools/agent/confirmations.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/text.h"

namespace nacre::agent_tool {

namespace {

constexpr std::size_t longest_answer = 512;                       // "yes", or a PIN
constexpr std::chrono::milliseconds glance{50};

std::string_view first_line(std::string_view said) { return said.substr(0, said.find_first_of("\r\n")); }

// A pressed button is the exit status 0; a program that can only ask for text must have been told "yes".
bool is_yes(std::string_view said)
{
    auto word = trim(first_line(said));
    return word.empty() || equal_ignoring_case(word, "yes");
}

} // namespace

Confirmations::Confirmations(EventLoop& loop, Log& log)
    : loop_(loop), log_(log), settings_(askpass_settings(Environment::of_this_process())),
      said_(longest_answer)
{
}

Confirmations::~Confirmations() { stop_program(); }

Confirmations::Ticket Confirmations::ask(std::string prompt, std::function<void(bool)> answered)
{
    return add(PromptKind::confirm, std::move(prompt), [answered = std::move(answered)](std::optional<SecretBytes> said) {
        answered(said && is_yes(said->text()));
    });
}

Confirmations::Ticket Confirmations::ask_secret(std::string prompt,
                                                std::function<void(std::optional<SecretBytes>)> answered)
{
    return add(PromptKind::text, std::move(prompt), std::move(answered));
}

Confirmations::Ticket Confirmations::add(PromptKind kind, std::string prompt,
                                         std::function<void(std::optional<SecretBytes>)> answered)
{
    questions_.push_back({++last_ticket_, kind, std::move(prompt), std::move(answered)});
    if (questions_.size() == 1)
        start_next();
    return last_ticket_;
}

void Confirmations::cancel(Ticket ticket)
{
    if (!questions_.empty() && questions_.front().ticket == ticket) {
        stop_program();
        questions_.pop_front();
        start_next();
        return;
    }
    std::erase_if(questions_, [&](auto& question) { return question.ticket == ticket; });
}

// From the loop, so that nobody's call ends in somebody else's answer.
void Confirmations::start_next()
{
    soon_ = questions_.empty() ? nullptr : loop_.at(loop_.now(), [this] { start(); });
}

void Confirmations::start()
{
    auto done = std::move(soon_);
    auto pipe = make_pipe();
    if (!pipe || choose_prompt(settings_, false) != PromptWith::program) {
        log_.error("cannot ask a person: there is no SSH_ASKPASS program, or no display");
        finish(false);
        return;
    }
    auto environment = Environment::of_this_process();
    if (questions_.front().kind == PromptKind::confirm)
        environment.set("SSH_ASKPASS_PROMPT", "confirm");
    auto child = spawn({.program = settings_.program,
                        .search_path = true,
                        .arguments = {settings_.program, questions_.front().prompt},
                        .environment = std::move(environment),
                        .input = null_stream,
                        .output = pipe->writer.number()});
    if (!child) {
        log_.error("cannot ask a person: {}", child.error().what);
        finish(false);
        return;
    }
    program_ = std::move(*child);
    output_ = std::move(pipe->reader);
    (void)set_blocking(output_.number(), Blocking::no);
    output_watch_ = loop_.watch(output_.number(), {.readable = true}, [this](Ready) { read_output(); });
    watch_program();
}

void Confirmations::watch_program()
{
    if (program_.pidfd())
        program_watch_ = loop_.watch(program_.pidfd().number(), {.readable = true}, [this](Ready) { look_whether_over(); });
    else
        program_glance_ = loop_.at(loop_.now() + glance, [this] { look_whether_over(); });
}

void Confirmations::look_whether_over()
{
    auto status = program_.check();
    if (status && !*status)
        return watch_program();
    read_output();
    finish(status && (*status)->success());
}

void Confirmations::read_output()
{
    std::array<std::uint8_t, 1024> space{};
    for (int rounds = 0; rounds < 64; ++rounds) {
        auto io = read_some(output_.number(), space);
        if (io && io->would_block)
            return;
        if (!io || io->end) {
            output_watch_.reset();
            return;
        }
        auto kept = std::min(io->bytes, said_.size() - said_size_);
        std::ranges::copy_n(space.begin(), static_cast<std::ptrdiff_t>(kept),
                            said_.bytes().begin() + static_cast<std::ptrdiff_t>(said_size_));
        said_size_ += kept;
        wipe(space);
    }
}

void Confirmations::finish(bool answered)
{
    std::optional<SecretBytes> said;
    if (answered)
        said = SecretBytes::copy_of(first_line(as_text(Bytes{said_.bytes()}.first(said_size_))));
    stop_program();
    auto question = std::move(questions_.front());
    questions_.pop_front();
    start_next();
    question.answered(std::move(said));
}

void Confirmations::stop_program()
{
    output_watch_.reset();
    program_watch_.reset();
    program_glance_.reset();
    output_.close();
    wipe(said_.bytes());
    said_size_ = 0;
    if (program_.is_running()) {
        (void)program_.send_signal(SIGKILL);
        (void)program_.wait();
    }
    program_ = {};
}

} // namespace nacre::agent_tool
