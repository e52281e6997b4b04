#include "tools/copy/lane.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "sftp/messages.h"
#include "sftp/names.h"

namespace nacre {

std::string Lane::unknown_name(const std::string& folder)
{
    std::array<std::uint8_t, 16> random{};
    if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
        return {};
    return sftp::join_path(folder, fmt::format(".{}.part", to_hex(random)));
}

template <class Request>
void Lane::ask(Question question, Request request)
{
    ++unanswered_;
    sftp::Ticket ticket{.job = question, .step = sftp::Step::other, .sent = {}};
    if (auto answer = request(link_->client(), ticket))
        answered(question, *answer);
}

void Lane::fail(std::string_view why)
{
    if (state_ == State::over)
        return;
    link_->log().debug1("a further channel is given up: {}", why);
    state_ = State::over;
    stored_ = 0;
    link_->dismiss();
}

// All in one flight: the name is there for no longer than the server takes from one request to the next.
void Lane::open(const std::string& folder, const std::string& file)
{
    auto name = unknown_name(folder);
    if (name.empty() || !link_->client().supports(sftp::extension::copy_data))
        return fail("the server cannot copy");
    state_ = State::opening;
    temporary_.clear();
    file_.clear();
    size_seen_.reset();
    ask(make, [&](auto& client, auto& ticket) { return client.open_new(ticket, name); });
    ask(unlink, [&](auto& client, auto& ticket) { return client.remove(ticket, name); });
    ask(open_file, [&](auto& client, auto& ticket) { return client.open_existing(ticket, file); });
}

void Lane::carry(std::string source_handle, std::uint64_t begin, std::uint64_t end, std::optional<std::uint32_t> block_size)
{
    state_ = State::carrying;
    source_ = std::move(source_handle);
    begin_ = begin;
    end_ = end;
    sent_ = stored_ = 0;
    block_size_ = block_size;
}

void Lane::advance(TimePoint now)
{
    if (state_ == State::starting && link_->client().is_ready())
        state_ = State::ready;
    while (state_ == State::carrying && depth_.has_room() && link_->client().has_room() && move_block(now)) {
    }
}

bool Lane::move_block(TimePoint now)
{
    auto left = end_ - begin_ - sent_;
    if (left == 0)
        return false;
    auto size = std::min(link_->client().limits().write_size, sftp::most_data);
    size = std::max<std::uint32_t>(1, std::min(size, block_size_.value_or(size)));
    sftp::Ticket ticket{.step = sftp::Step::read, .length = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, left)),
                        .offset = begin_ + sent_, .sent = now};
    auto block = here_.read(ticket, source_);
    auto got = block->done() ? block->data.size() + block->in_kernel : 0;
    if (got == 0) {
        fail("the file has become shorter, or cannot be read");
        return false;
    }
    ticket.step = sftp::Step::write;
    ticket.length = static_cast<std::uint32_t>(got);
    ticket.offset = sent_;
    sent_ += got;
    depth_.sent(got);
    (void)link_->client().write(ticket, temporary_, {block->data, block->in_kernel});
    return true;
}

// The size tells whether the name still leads to the copy's file, and afterwards whether all of the part is there: OpenSSH's
// sftp-server (9.2) calls it a success if only the last piece of a copy with a length could not be written.  So the copy has
// none, and goes to the end of what is made exactly as long as the part.
void Lane::place(std::uint64_t size)
{
    state_ = State::placing;
    size_wanted_ = size;
    ask(measure_again, [&](auto& client, auto& ticket) { return client.look_at(ticket, file_); });
}

void Lane::copy_to_place()
{
    ask(fit, [&](auto& client, auto& ticket) { return client.set(ticket, temporary_, {.size = end_ - begin_}); });
    ask(copy, [&](auto& client, auto& ticket) {
        return client.copy_data(ticket, temporary_, file_, begin_);
    });
    ask(measure_after, [&](auto& client, auto& ticket) { return client.look_at(ticket, file_); });
}

void Lane::leave()
{
    if (state_ == State::idle || (state_ == State::waiting && unanswered_ == 0)) {
        link_->client().release(temporary_);                      // and with it the room it takes
        link_->client().release(file_);
        state_ = State::ready;
        stored_ = 0;
    } else if (state_ != State::ready && state_ != State::starting) {
        fail("there is nothing left to do");
    }
}

void Lane::arrived(const sftp::Client::Arrived& arrived, TimePoint now)
{
    auto& ticket = arrived.ticket;
    if (state_ == State::over)
        return;
    if (ticket.step != sftp::Step::write)
        return answered(static_cast<Question>(ticket.job), arrived.answer);
    depth_.answered(ticket.length, now - ticket.sent, now);
    if (!arrived.answer.done())
        return fail(arrived.answer.reason);
    stored_ += ticket.length;
    if (stored_ == end_ - begin_)
        state_ = State::waiting;
}

void Lane::answered(Question question, const sftp::Answer& answer)
{
    --unanswered_;
    if (!answer.done())
        return fail(answer.reason);
    switch (question) {
    case make: temporary_ = answer.handle; return;
    case unlink: return;
    case open_file:
        file_ = answer.handle;
        ask(measure, [&](auto& client, auto& ticket) { return client.look_at(ticket, file_); });
        return;
    case measure:
        size_seen_ = answer.attributes.size;
        state_ = State::idle;
        return;
    case measure_again:
        if (answer.attributes.size != size_wanted_)
            return fail("another file has come in the place of ours");
        return copy_to_place();
    case fit:
    case copy: return;
    case measure_after:
        if (answer.attributes.size != std::max(size_wanted_, end_))
            return fail("not all of a part has come to its place");
        stored_ = 0;
        state_ = State::idle;
        return;
    }
}

} // namespace nacre
