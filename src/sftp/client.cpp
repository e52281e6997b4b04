#include "sftp/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/contract.h"
#include "base/text.h"
#include "sftp/frames.h"
#include "sftp/requests.h"

namespace nacre::sftp {

namespace {

constexpr std::size_t most_extensions = 64;                       // of a server, remembered
constexpr std::size_t receive_size = std::size_t{1} << 20;        // as much as a large pipe holds
constexpr std::uint32_t version_0_block = 16384;                  // such servers may not take larger messages

struct StatusRow {
    StatusCode code;
    Outcome outcome;
    std::string_view reason;
};

constexpr std::array statuses{
    StatusRow{StatusCode::ok, Outcome::done, ""},
    StatusRow{StatusCode::eof, Outcome::end, "End of file"},
    StatusRow{StatusCode::no_such_file, Outcome::no_such_file, "No such file or directory"},
    StatusRow{StatusCode::permission_denied, Outcome::not_permitted, "Permission denied"},
    StatusRow{StatusCode::failure, Outcome::failed, "Failure"},
    StatusRow{StatusCode::bad_message, Outcome::failed, "Bad message"},
    StatusRow{StatusCode::no_connection, Outcome::failed, "No connection"},
    StatusRow{StatusCode::connection_lost, Outcome::failed, "Connection lost"},
    StatusRow{StatusCode::op_unsupported, Outcome::unsupported, "Operation unsupported"},
};

const StatusRow& row_of(StatusCode code)
{
    auto row = std::ranges::find(statuses, code, &StatusRow::code);
    return row != statuses.end() ? *row : row_of(StatusCode::failure);
}

bool looks_like_text(Bytes bytes)
{
    return std::ranges::all_of(bytes, [](std::uint8_t b) { return (b >= 0x20 && b < 0x7f) || b == '\n' || b == '\r'; });
}

std::uint32_t clamp_length(std::uint64_t announced, std::uint32_t otherwise)
{
    return announced == 0 ? otherwise : static_cast<std::uint32_t>(std::clamp<std::uint64_t>(announced, 1, most_data));
}

} // namespace

std::string reason_of(StatusCode code, Bytes explanation)
{
    auto& row = row_of(code);
    Reader in{explanation};
    auto text = in.text();
    if (row.outcome == Outcome::failed && in.ok() && !text.empty() && text != row.reason)
        return printable_line(text.substr(0, 256));
    return std::string{row.reason};
}

Client::Client(Log& log) : log_(log)
{
    ByteVector init;
    encode(Writer{init}, Init{});
    Writer{out_}.string(Bytes{init});
}

MutableBytes Client::receive_space() { return in_.space(receive_size); }

bool Client::supports(std::string_view extension) const { return supported_.contains(extension); }

SiteLimits Client::limits() const
{
    SiteLimits limits;
    if (version_ == 0u)
        limits.read_size = limits.write_size = version_0_block;
    if (!limits_)
        return limits;
    limits.read_size = clamp_length(limits_->read_length, limits.read_size);
    limits.write_size = clamp_length(limits_->write_length, limits.write_size);
    limits.requests = 2048;
    if (auto handles = limits_->open_handles; handles != 0)       // 0 may be any number, also a small one
        limits.open_files = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(handles / 2, 1, 256));
    return limits;
}

Bytes Client::to_send() const { return gaps_.empty() ? out_.data() : out_.data().first(gaps_.front().at); }

void Client::sent(std::size_t count)
{
    out_.consume(count);
    for (auto& gap : gaps_)
        gap.at -= count;
}

void Client::passed_on(std::size_t count)
{
    NACRE_EXPECTS(count <= to_pass_on());
    if (count == 0)
        return;
    in_gaps_ -= count;
    gaps_.front().size -= count;
    if (gaps_.front().size == 0)
        gaps_.pop_front();
}

bool Client::has_room() const
{
    return is_ready() && out_.size() + in_gaps_ < most_unsent && pending_.size() < most_unanswered;
}

void Client::disown()
{
    for (auto& [id, pending] : pending_)
        if (pending.expected != Expected::limits)
            pending.expected = Expected::nothing;
}

// ---- incoming

Result<std::optional<Bytes>> Client::next_frame()
{
    auto frame = nacre::next_frame(in_.data(), frames);
    if (!frame && !is_ready() && looks_like_text(in_.data().first(frame_header_size)))
        return peer_misbehaved("the server's first words are no SFTP: its login files must print nothing");
    if (frame && *frame)
        in_.consume(frame_header_size + (*frame)->size());        // the view stays valid
    return frame;
}

Result<std::optional<Client::Arrived>> Client::next()
{
    for (;;) {
        auto frame = TRY(next_frame());
        if (!frame)
            return std::optional<Arrived>{};
        if (!is_ready()) {
            TRY(take_version(*frame));
            continue;
        }
        auto arrived = TRY(take_reply(*frame));
        if (arrived)
            return arrived;
    }
}

Result<void> Client::take_version(Bytes frame)
{
    auto version = TRY(decode<Version>(frame));
    if (version.version > protocol_version)
        return incompatible(fmt::format("the server speaks SFTP version {}, and we speak {}", version.version,
                                        protocol_version));
    version_ = version.version;
    Reader in{version.extensions.bytes};
    while (in.left() > 0 && extensions_.size() < most_extensions) {
        auto name = in.text();
        auto data = in.text();
        if (!in.ok())
            break;                                                // some servers end with something else
        log_.debug2("server supports extension \"{}\" revision {}", printable(name), printable(data));
        extensions_.emplace(name, data);
        if (auto* kind = extended_request_kind(name); kind && kind->announced == data)
            supported_.insert(kind->extension);                   // another version may mean something else
    }
    if (supports(extension::limits))
        send(Ticket{}, Expected::limits, Extended{{}, extension::limits, {}});
    return {};
}

Result<std::optional<Client::Arrived>> Client::take_reply(Bytes frame)
{
    Reader in{frame};
    in.u8();
    auto id = in.u32();
    if (!in.ok())
        return peer_misbehaved("the server sent a reply without an id");
    auto found = pending_.find(id);
    if (found == pending_.end())
        return peer_misbehaved(fmt::format("the server answered request {}, which was not made", id));
    auto pending = found->second;
    pending_.erase(found);
    auto answer = TRY(read_answer(frame, pending));
    if (pending.expected != Expected::limits && pending.expected != Expected::nothing)
        return std::optional<Arrived>{Arrived{pending.ticket, std::move(answer)}};
    if (pending.expected == Expected::limits)
        take_limits(answer);
    return std::optional<Arrived>{};
}

void Client::take_limits(const Answer& answer)
{
    auto limits = answer.done() ? decode<extension::Limits>(answer.data) : fail({});
    if (!limits)
        return;
    limits_ = *limits;
    log_.debug1("server limits: message {}, read {}, write {}, handles {}", limits->packet_length, limits->read_length,
                limits->write_length, limits->open_handles);
}

namespace {

Answer answer_of(const Status& status)
{
    Answer answer;
    answer.outcome = row_of(status.code).outcome;
    if (!answer.done())
        answer.reason = reason_of(status.code, status.explanation.bytes);
    return answer;
}

Answer answer_of(const Names& names)
{
    Answer answer;
    answer.entries.reserve(names.entries.items.size());
    for (auto& entry : names.entries.items)
        answer.entries.push_back({std::string{entry.file_name}, std::string{entry.long_name}, entry.attributes});
    if (answer.entries.empty()) {
        answer.outcome = Outcome::end;
        answer.reason = "The server sent no names";
    }
    return answer;
}

} // namespace

// A status may answer everything; whatever else comes must be what was asked for.
Result<Answer> Client::read_answer(Bytes frame, const Pending& pending)
{
    Answer answer;
    if (pending.expected == Expected::nothing)
        return answer;
    if (frame[0] == Status::number.value) {
        auto status = TRY(decode<Status>(frame));
        answer = answer_of(status);
        if (answer.done() && pending.expected != Expected::status)
            return peer_misbehaved("the server says ok where it should answer with more");
        return answer;
    }
    switch (pending.expected) {
    case Expected::handle: {
        auto reply = TRY(decode<Handle>(frame));
        if (reply.handle.size() > most_handle)
            return peer_misbehaved("the server sent a handle that is too long");
        answer.handle = reply.handle;
        return answer;
    }
    case Expected::data: {
        auto reply = TRY(decode<Data>(frame));
        if (reply.data.size() > pending.ticket.length)
            return peer_misbehaved("the server sent more data than was asked for");
        answer.data = reply.data;
        return answer;
    }
    case Expected::names: {
        auto reply = TRY(decode<Names>(frame));
        return answer_of(reply);
    }
    case Expected::attributes: {
        auto reply = TRY(decode<Attrs>(frame));
        answer.attributes = reply.attributes;
        return answer;
    }
    case Expected::extended:
    case Expected::limits: {
        auto reply = TRY(decode<ExtendedReply>(frame));
        answer.data = reply.details.bytes;
        return answer;
    }
    case Expected::status:
    case Expected::nothing: break;
    }
    return peer_misbehaved(fmt::format("the server answered a request with message {}", frame[0]));
}

} // namespace nacre::sftp
