#include "config/forward.h"

#include <fmt/format.h>

#include <vector>

#include "base/port.h"
#include "base/text.h"
#include "config/destination.h"
#include "config/lexer.h"

namespace nacre {
namespace {

bool is_path(std::string_view text)
{
    // A ${VARIABLE} or %-token can only begin a path: ports and hosts have none.
    return text.contains('/') || text.starts_with("${") || text.starts_with('~');
}

Result<std::uint16_t> port_of(std::string_view text, std::uint16_t least)
{
    if (least == 0 && parse_number<std::uint16_t>(text) == 0)
        return std::uint16_t{0};
    auto port = parse_port(text);
    if (!port)
        return bad_input(fmt::format("bad port \"{}\"", printable(text)));
    return *port;
}

Result<Forward::End> parse_listen(std::string_view text, ForwardKind kind)
{
    Forward::End end;
    if (is_path(text)) {
        end.path = text;
        return end;
    }
    // The server chooses the port of a remote forward that asks for 0.
    std::uint16_t least = kind == ForwardKind::remote ? 0 : 1;
    if (parse_number<std::uint32_t>(text) || parse_port(text)) {
        end.port = TRY(port_of(text, least));
        return end;
    }
    auto place = TRY(split_host_port(text));
    if (!place.port)
        return bad_input(fmt::format("\"{}\" names no port", printable(text)));
    end.port = TRY(port_of(*place.port, least));
    end.host = place.host.empty() ? "*" : place.host;
    return end;
}

Result<Forward::End> parse_connect(std::string_view text)
{
    Forward::End end;
    if (is_path(text)) {
        end.path = text;
        return end;
    }
    auto place = TRY(split_host_port(text));
    if (!place.port || place.host.empty())
        return bad_input(fmt::format("\"{}\" is not host:port", printable(text)));
    end.port = TRY(port_of(*place.port, 1));
    end.host = place.host;
    return end;
}

// The fields between colons outside brackets; "[…]" keeps its brackets.
Result<std::vector<std::string>> fields_of(std::string_view text)
{
    std::vector<std::string> fields{""};
    int depth = 0;
    for (char c : text) {
        depth += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (depth < 0 || depth > 1)
            return bad_input(fmt::format("unbalanced brackets in \"{}\"", printable(text)));
        if (c == ':' && depth == 0)
            fields.emplace_back();
        else
            fields.back() += c;
    }
    if (depth != 0)
        return bad_input(fmt::format("unbalanced brackets in \"{}\"", printable(text)));
    // "[/path]" is a path whose colons are its own.
    for (auto& field : fields)
        if (field.starts_with("[/") && field.ends_with(']'))
            field = field.substr(1, field.size() - 2);
    return fields;
}

std::string to_text(const Forward::End& end)
{
    if (!end.path.empty())
        return quote_word(end.path);
    if (!end.host)
        return fmt::format("{}", end.port);
    return quote_word(fmt::format("[{}]:{}", *end.host, end.port));
}

} // namespace

Result<Forward> parse_forward(std::span<const std::string> words, ForwardKind kind)
{
    if (words.size() == 1 && kind == ForwardKind::local)
        return parse_forward(words[0], kind);                     // a path needs no second word: "-L" form
    if (words.empty() || words.size() > 2 || (words.size() == 2 && kind == ForwardKind::dynamic))
        return bad_input("a forwarding is \"[address:]port\" and \"host:port\"");
    if (words.size() == 1 && kind == ForwardKind::remote) {
        auto fields = TRY(fields_of(words[0]));
        bool has_path = is_path(fields.front()) || is_path(fields.back());
        if (fields.size() > 2 || (fields.size() == 2 && has_path))
            return parse_forward(words[0], kind);
    }
    Forward forward;
    forward.listen = TRY(parse_listen(words[0], kind));
    if (kind == ForwardKind::dynamic && !forward.listen.path.empty())
        return bad_input("a dynamic forwarding listens on a port");
    if (words.size() == 2 && words[1] != "[socks]:0")
        forward.connect = TRY(parse_connect(words[1]));
    return forward;
}

Result<Forward> parse_forward(std::string_view specification, ForwardKind kind)
{
    auto fields = TRY(fields_of(specification));
    if (kind == ForwardKind::dynamic || (kind == ForwardKind::remote && fields.size() <= 2 && !is_path(fields.back()) &&
                                         !is_path(fields.front()))) {
        const std::vector<std::string> listen{std::string{specification}};
        return parse_forward(std::span{listen}, kind);
    }
    // From the right: a path, or host and port; the rest is the listening side.
    std::size_t connect_fields = is_path(fields.back()) ? 1 : 2;
    if (fields.size() <= connect_fields || fields.size() - connect_fields > 2)
        return bad_input(fmt::format("bad forwarding specification \"{}\"", printable(specification)));
    std::vector<std::string> words(2);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto& word = words[i < fields.size() - connect_fields ? 0 : 1];
        bool first = i == 0 || i == fields.size() - connect_fields;
        word += first ? fields[i] : ":" + fields[i];
    }
    return parse_forward(std::span<const std::string>{words}, kind);
}

std::string to_text(const Forward& forward)
{
    auto text = to_text(forward.listen);
    if (forward.connect)
        text += " " + to_text(*forward.connect);
    return text;
}

} // namespace nacre
