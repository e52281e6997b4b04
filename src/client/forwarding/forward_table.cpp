#include "client/forwarding/forward_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace nacre {
namespace {

bool listens_there(const ForwardRow& row, const Forward::End& listen)
{
    if (!listen.path.empty() || !row.forward.listen.path.empty())
        return row.forward.listen.path == listen.path;
    bool port = row.forward.listen.port == listen.port || (row.port != 0 && row.port == listen.port);
    return port && row.forward.listen.host == listen.host;
}

} // namespace

Result<ForwardRow*> ForwardTable::add(ForwardKind kind, const Forward& forward)
{
    if (rows_.size() >= most_rows)
        return not_permitted("too many forwardings");
    bool any_port = kind == ForwardKind::remote && forward.listen.path.empty() && forward.listen.port == 0;
    auto same = std::ranges::find_if(rows_, [&](auto& row) {
        bool same_side = (row.kind == ForwardKind::remote) == (kind == ForwardKind::remote);
        return same_side && listens_there(row, forward.listen);
    });
    if (!any_port && same != rows_.end())
        return not_permitted(fmt::format("{} is there already", describe(*same)));
    rows_.push_back({.id = next_id_++, .kind = kind, .forward = forward, .state = ForwardRow::State::asked,
                     .port = forward.listen.port});
    return &rows_.back();
}

void ForwardTable::remove(std::uint32_t id)
{
    std::erase_if(rows_, [&](auto& row) { return row.id == id; });
}

ForwardRow* ForwardTable::find(std::uint32_t id)
{
    auto found = std::ranges::find(rows_, id, &ForwardRow::id);
    return found == rows_.end() ? nullptr : &*found;
}

// As written; or, of ours, what means the same: "localhost" is where a port without an address is bound; and a port alone
// names whatever listens on it.
ForwardRow* ForwardTable::find_listening(ForwardKind kind, const Forward::End& listen)
{
    auto find = [&](auto fits) {
        auto found = std::ranges::find_if(rows_, [&](auto& row) { return row.kind == kind && fits(row); });
        return found == rows_.end() ? nullptr : &*found;
    };
    auto* found = find([&](auto& row) { return listens_there(row, listen); });
    if (found || kind == ForwardKind::remote || !listen.path.empty())
        return found;
    auto is_local = [](const Forward::End& end) { return end.host.value_or("localhost") == "localhost"; };
    auto has_port = [&](const ForwardRow& row) { return row.forward.listen.path.empty() && row.forward.listen.port == listen.port; };
    if (is_local(listen))
        found = find([&](auto& row) { return has_port(row) && is_local(row.forward.listen); });
    return found || listen.host ? found : find(has_port);
}

ForwardRow* ForwardTable::find_same(ForwardKind kind, const Forward& forward)
{
    auto found = std::ranges::find_if(rows_, [&](auto& row) {
        return row.kind == kind && row.forward.connect == forward.connect && listens_there(row, forward.listen);
    });
    return found == rows_.end() ? nullptr : &*found;
}

const ForwardRow* ForwardTable::allows(std::string_view address, std::uint32_t port) const
{
    bool as_asked = port == 0 && asked_ports_are_named_;
    const ForwardRow* by_port = nullptr;
    std::size_t with_port = 0;
    for (auto& row : rows_) {
        bool listens = row.kind == ForwardKind::remote && row.forward.listen.path.empty() && row.port != 0;
        if (!listens || (as_asked ? row.forward.listen.port : row.port) != port)   // 0: the server has not chosen yet
            continue;
        if (!as_asked && bind_address_for_server(row.forward.listen) == address)
            return &row;
        by_port = &row;
        ++with_port;
    }
    return with_port == 1 ? by_port : nullptr;
}

const ForwardRow* ForwardTable::allows(std::string_view path) const
{
    auto found = std::ranges::find_if(rows_, [&](auto& row) {
        return row.kind == ForwardKind::remote && !path.empty() && row.forward.listen.path == path;
    });
    return found == rows_.end() ? nullptr : &*found;
}

// "" is every interface, "localhost" the loopback ones.
std::string bind_address_for_server(const Forward::End& listen)
{
    if (!listen.host)
        return "localhost";
    return *listen.host == "*" ? "" : *listen.host;
}

std::string target_told(const Forward& forward)
{
    if (!forward.connect)
        return "socks:0";
    auto& to = *forward.connect;
    return to.path.empty() ? fmt::format("{}:{}", printable(to.host.value_or("")), to.port) : printable(to.path);
}

std::string ends_told(const Forward& forward)
{
    auto& from = forward.listen;
    auto listen = !from.path.empty() ? printable(from.path)
                  : from.host        ? fmt::format("{}:{}", printable(*from.host), from.port)
                                     : fmt::format("{}", from.port);
    return fmt::format("listen {}, connect {}", listen, target_told(forward));
}

std::string describe(const ForwardRow& row)
{
    auto end = [](const Forward::End& place) {
        if (!place.path.empty())
            return printable(place.path);
        bool v6 = place.host && place.host->contains(':');
        auto host = place.host ? (v6 ? "[" + printable(*place.host) + "]" : printable(*place.host)) + ":" : std::string{};
        return fmt::format("{}{}", host, place.port);
    };
    auto letter = row.kind == ForwardKind::local ? 'L' : row.kind == ForwardKind::remote ? 'R' : 'D';
    auto listen = row.forward.listen;
    listen.port = row.port;
    auto text = fmt::format("-{} {}", letter, end(listen));
    if (row.forward.connect)
        text += ":" + end(*row.forward.connect);
    return text;
}

} // namespace nacre
