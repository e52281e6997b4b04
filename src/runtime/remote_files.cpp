#include "runtime/remote_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "runtime/local_site.h"

namespace nacre {

namespace {

// Whom an outcome blames.
Failure refused(sftp::Outcome outcome, std::string sentence)
{
    switch (outcome) {
    case sftp::Outcome::not_permitted:
        return not_permitted(std::move(sentence));
    case sftp::Outcome::unsupported:
        return incompatible(std::move(sentence), DisconnectReason::by_application);
    case sftp::Outcome::no_such_file:
        return system_failure(std::move(sentence), ENOENT);
    default:
        return system_failure(std::move(sentence));               // a full disk, or the server did not say
    }
}

} // namespace

// Carries bytes between the channel and the conversation.
class RemoteFiles::Endpoint final : public ChannelEndpoint {
public:
    explicit Endpoint(RemoteFiles& files) : files_(&files) {}
    ~Endpoint() override
    {
        if (files_)
            files_->endpoint_ = nullptr;
    }

    void abandon() { files_ = nullptr; }
    void kick()
    {
        if (host_)
            host_->ready_to_give(channel_);
    }

    void attached(EndpointHost& host, ChannelId channel) override
    {
        host_ = &host;
        channel_ = channel;
    }
    void deliver(Stream stream, Bytes data) override
    {
        arrived_ += data.size();
        if (stream != Stream::data || !files_)
            return;
        while (!data.empty()) {
            auto space = files_->sftp_.receive_space();
            auto piece = data.first(std::min(space.size(), data.size()));
            std::ranges::copy(piece, space.begin());
            files_->sftp_.received(piece.size());
            data = data.subspan(piece.size());
        }
    }
    void flush() override
    {
        host_->consumed(channel_, std::exchange(arrived_, 0));
        if (files_)
            files_->take_answers();
    }
    void peer_finished() override
    {
        if (files_ && !files_->broken_)
            files_->broken_ = system_failure("the server's SFTP program has ended").error();
    }
    Given collect(Stream stream, MutableBytes space) override
    {
        if (stream != Stream::data || !files_)
            return {.finished = !files_};
        auto bytes = files_->sftp_.to_send();
        auto piece = bytes.first(std::min(space.size(), bytes.size()));
        std::ranges::copy(piece, space.begin());
        files_->sftp_.sent(piece.size());
        return {.bytes = piece.size(), .more = piece.size() < bytes.size()};
    }
    bool delivered_all() const override { return true; }

private:
    RemoteFiles* files_;
    EndpointHost* host_ = nullptr;
    ChannelId channel_{};
    std::size_t arrived_ = 0;                                     // in this batch
};

RemoteFiles::RemoteFiles(SshClient& client) : client_(client), client_lives_(client.lives_), loop_(client.loop()), sftp_(no_log_)
{
}

RemoteFiles::~RemoteFiles()
{
    if (endpoint_)
        endpoint_->abandon();
    if (program_ && !client_lives_.expired())
        client_.leave(*program_);
}

Result<std::unique_ptr<RemoteFiles>> RemoteFiles::open(SshClient& client)
{
    std::unique_ptr<RemoteFiles> files{new RemoteFiles{client}};
    auto endpoint = std::make_unique<Endpoint>(*files);
    files->endpoint_ = endpoint.get();
    files->program_ = TRY(client.start({.command = "sftp", .is_subsystem = true}, std::move(endpoint)));
    if (files->client_lives_.expired())                           // whoever was called meanwhile has destroyed it
        return bad_input("the client is gone");
    TRY(files->wait_until([&] { return files->sftp_.is_ready(); }));
    return files;
}

void RemoteFiles::take_answers()
{
    for (;;) {
        auto arrived = sftp_.next();
        if (!arrived) {
            broken_ = std::move(arrived).error();
            return;
        }
        if (!*arrived)
            return;
        auto& receiver = (*arrived)->ticket.step == sftp::Step::other ? on_answer_ : on_copied_;
        if (receiver)
            receiver(**arrived);
    }
}

Result<void> RemoteFiles::expect_client() const
{
    if (client_lives_.expired())
        return system_failure("the client of these files is gone");
    return loop_.expect_idle();
}

Result<void> RemoteFiles::wait_until(const std::function<bool()>& done)
{
    TRY(expect_client());
    if (endpoint_)
        endpoint_->kick();
    TRY(client_.wait_until([&] { return done() || broken_ || !endpoint_; }));
    if (done())
        return {};
    return broken_ ? fail(*broken_) : system_failure("the server has closed the SFTP channel");
}

// ---- single requests ---------------------------------------------------------------------

Result<sftp::Answer> RemoteFiles::try_to(const Request& request)
{
    TRY(expect_client());
    std::optional<sftp::Answer> answer;
    sftp::Ticket ticket{.job = ++last_job_};
    on_answer_ = [&](const sftp::Client::Arrived& arrived) {
        if (arrived.ticket.job != ticket.job)
            return;                                               // to a request that was given up
        data_ = to_vector(arrived.answer.data);
        answer = arrived.answer;
        answer->data = data_;
    };
    answer = request(sftp_, ticket);
    auto waited = wait_until([&] { return answer.has_value(); });
    on_answer_ = nullptr;
    if (!waited && waited.error().os_error == ECANCELED && on_copied_)
        loop_.stop();                                    // that was meant for the copy, too, whose news has asked
    TRY(std::move(waited));
    return *std::move(answer);
}

Result<sftp::Answer> RemoteFiles::ask(const Request& request)
{
    auto answer = TRY(try_to(request));
    if (!answer.done())
        return refused(answer.outcome, answer.reason.empty() ? "the server refuses" : answer.reason);
    return answer;
}

Result<sftp::Attributes> RemoteFiles::look(const std::string& path, sftp::Links links)
{
    auto answer = TRY(ask([&](auto& server, auto& ticket) { return server.look(ticket, path, links); }));
    return answer.attributes;
}

// The answer that ends the directory, or refuses to go on.
Result<sftp::Answer> RemoteFiles::read_entries(const std::string& handle, std::vector<sftp::DirectoryEntry>& entries)
{
    for (;;) {
        auto answer = TRY(try_to([&](auto& server, auto& ticket) { return server.read_directory(ticket, handle); }));
        if (!answer.done())
            return answer;
        if (answer.entries.size() > most_entries - entries.size())
            return bad_input("too many entries");
        for (auto& entry : answer.entries)
            if (entry.name != "." && entry.name != "..")
                entries.push_back(std::move(entry));
    }
}

Result<std::vector<sftp::DirectoryEntry>> RemoteFiles::list(const std::string& path)
{
    auto opened = TRY(ask([&](auto& server, auto& ticket) { return server.open_directory(ticket, path); }));
    std::vector<sftp::DirectoryEntry> entries;
    auto last = read_entries(opened.handle, entries);
    TRY(try_to([&](auto& server, auto& ticket) { return server.close(ticket, opened.handle); }));
    auto end = TRY(std::move(last));
    if (end.outcome != sftp::Outcome::end)
        return refused(end.outcome, end.reason);
    return entries;
}

// ---- copies ------------------------------------------------------------------------------

void RemoteFiles::stop_copy() { stop_asked_ = true; }

Result<sftp::CopyTotals> RemoteFiles::download(const std::string& from, const std::string& to,
                                               const sftp::CopyOptions& options, const OnNews& on_news)
{
    LocalSite here;
    return copy(sftp_, here, from, to, options, on_news);
}

Result<sftp::CopyTotals> RemoteFiles::upload(const std::string& from, const std::string& to,
                                             const sftp::CopyOptions& options, const OnNews& on_news)
{
    LocalSite here;
    return copy(here, sftp_, from, to, options, on_news);
}

Result<sftp::CopyTotals> RemoteFiles::copy(sftp::Site& source, sftp::Site& sink, const std::string& from,
                                           const std::string& to, const sftp::CopyOptions& options, const OnNews& on_news)
{
    TRY(expect_client());
    if (on_copied_)
        return bad_input("another copy is under way");
    sftp::Copier copier{source, sink, options};
    std::optional<sftp::CopyNews> first_failure;
    copier.add(from, to);
    auto hand_in = &source == &sftp_ ? &sftp::Copier::source_answered : &sftp::Copier::sink_answered;
    auto driven = drive(copier, hand_in, [&](const sftp::CopyNews& news) {
        if (news.kind == sftp::CopyNews::Kind::failed && !first_failure)
            first_failure = news;
        if (on_news)
            on_news(news);
    });
    TRY(std::move(driven));
    auto totals = copier.totals();
    if (!first_failure)
        return totals;
    auto sentence = first_failure->sentence;
    if (totals.failures > 1)
        sentence += ", and " + std::to_string(totals.failures - 1) + " more failed";
    return refused(first_failure->outcome, std::move(sentence));
}

Result<void> RemoteFiles::drive(sftp::Copier& copier, HandIn hand_in, const OnNews& tell)
{
    bool answered = false, stopping = false;
    on_copied_ = [&](const sftp::Client::Arrived& arrived) {
        answered = true;
        (copier.*hand_in)(arrived.ticket, arrived.answer, loop_.now());
    };
    stop_asked_ = false;
    Result<void> waited;
    for (;;) {
        if (!stopping && stop_asked_) {
            stopping = true;
            copier.stop();
        }
        copier.advance(loop_.now());
        while (auto news = copier.next_news())
            tell(*news);
        if (copier.finished() || !waited)
            break;
        answered = false;
        waited = wait_until([&] { return answered || (stop_asked_ && !stopping); });
    }
    on_copied_ = nullptr;
    if (!waited) {
        copier.stop();
        copier.abandon();
        sftp_.disown();
        if (endpoint_)
            endpoint_->kick();
    }
    TRY(std::move(waited));
    return stopping ? system_failure("the copy was stopped", ECANCELED) : Result<void>{};
}

} // namespace nacre
