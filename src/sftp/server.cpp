#include "sftp/server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/contract.h"
#include "base/pattern.h"
#include "base/text.h"
#include "sftp/status.h"

namespace nacre::sftp {

Result<std::optional<Server::Asked>> Server::next()
{
    while (has_room()) {
        auto message = TRY(next_frame(in_.data(), frames));
        if (!message)
            break;
        in_.consume(frame_header_size + message->size());
        auto asked = TRY(take(*message));
        if (asked)
            return asked;
    }
    return std::optional<Asked>{};
}

Result<std::optional<Server::Asked>> Server::take(Bytes message)
{
    Reader in{message};
    MessageNumber number{in.u8()};
    if (number == Init::number) {
        TRY(take_init(message));
        return std::optional<Asked>{};
    }
    if (!greeted_)
        return peer_misbehaved(fmt::format("message {} before the version", number.value));
    return take_request(number, in);
}

// §4.  What the client can beyond version 3 changes nothing for us.
Result<void> Server::take_init(Bytes message)
{
    Reader in{message.subspan(1)};
    auto version = in.u32();
    if (!in.ok())
        return peer_misbehaved("a version without its number");
    log_.verbose("received client version {}", version);
    greeted_ = true;
    FrameWriter frame{out_};
    frame.write().u8(Version::number.value).u32(protocol_version);
    for (auto& kind : request_kinds())
        if (!kind.extension.empty() && is_permitted(kind, kind.effect != Effect::none))
            frame.write().string(kind.extension).string(kind.announced);
    frame.finish();
    return {};
}

std::optional<Server::Asked> Server::take_request(MessageNumber number, Reader& in)
{
    RequestId id{in.u32()};
    auto* kind = request_kind(number);
    if (number == Extended::number) {
        auto extension = in.text();
        kind = extended_request_kind(extension);
        if (!kind)
            log_.error("Unknown extended request \"{}\"", printable(extension));
    } else if (!kind) {
        log_.error("Unknown message {}", number.value);
    }
    auto question = kind ? kind->read(in, id) : std::nullopt;
    if (!kind)
        answer_status(id, in.ok() ? StatusCode::op_unsupported : StatusCode::bad_message);
    else if (!question)
        answer_status(id, StatusCode::bad_message);
    else if (!is_permitted(*kind, changes_files(*kind, *question)))
        answer_status(id, StatusCode::permission_denied);
    else
        return Asked{id, *std::move(question)};
    return std::nullopt;
}

// The one place where rules are.  Denied beats allowed.
bool Server::is_permitted(const RequestKind& kind, bool changes) const
{
    if (rules_.read_only && changes) {
        log_.verbose("Refusing {} request in read-only mode", kind.name);
        return false;
    }
    if (!rules_.denied.empty() && matches_pattern_list(kind.name, rules_.denied) == PatternMatch::yes) {
        log_.verbose("Refusing denylisted {} request", kind.name);
        return false;
    }
    if (!rules_.allowed)
        return true;
    if (matches_pattern_list(kind.name, *rules_.allowed) == PatternMatch::yes) {
        log_.debug2("Permitting allowlisted {} request", kind.name);
        return true;
    }
    log_.verbose("Refusing non-allowlisted {} request", kind.name);
    return false;
}

void Server::answer_status(RequestId id, StatusCode code, std::string_view text)
{
    log_.debug3("request {}: sent status {}", id.value, static_cast<std::uint32_t>(code));
    bool expected = code == StatusCode::ok || code == StatusCode::eof;
    if (!expected || log_.wants(LogLevel::debug1))
        log_.info("sent status {}", text_of(code));
    FrameWriter frame{out_};
    frame.write().u8(Status::number.value).u32(id.value).u32(static_cast<std::uint32_t>(code));
    frame.write().string(text.empty() ? text_of(code) : text.substr(0, most_status_text)).string("");
    frame.finish();
}

MutableBytes Server::data_space(std::uint32_t length)
{
    length = std::min(length, most_data);
    return out_.space(data_head + length).subspan(data_head, length);
}

void Server::answer_data(RequestId id, std::size_t count)
{
    write_data_head(id, count);
    out_.filled(data_head + count);
}

void Server::announce_data(RequestId id, std::size_t count)
{
    write_data_head(id, count);
    out_.filled(data_head);
}

void Server::write_data_head(RequestId id, std::size_t count)
{
    NACRE_EXPECTS(count <= most_data);
    auto* head = out_.space(data_head + count).data();
    auto length = static_cast<std::uint32_t>(count);
    Writer::store_u32(head, static_cast<std::uint32_t>(data_head - frame_header_size) + length);
    head[4] = Data::number.value;
    Writer::store_u32(head + 5, id.value);
    Writer::store_u32(head + 9, length);
}

} // namespace nacre::sftp
