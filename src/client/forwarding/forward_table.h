// The forwardings that are asked for or in force: one row each, by the order in which they came.
//
// Pure bookkeeping.  What the server may open towards us is decided here: only what a row says we asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/forward.h"

namespace nacre {

struct ForwardRow {
    enum class State { asked, active };                           // asked: the server has not answered yet

    std::uint32_t id = 0;                                         // never used twice
    ForwardKind kind{};
    Forward forward;                                              // what was asked for
    State state = State::asked;
    std::uint16_t port = 0;                                       // where it listens: chosen by the server if 0 was asked for
};

class ForwardTable {
public:
    static constexpr std::size_t most_rows = 1024;

    // An error: there is the same already, or there are too many.
    Result<ForwardRow*> add(ForwardKind kind, const Forward& forward);
    void remove(std::uint32_t id);

    ForwardRow* find(std::uint32_t id);
    // By its listening end alone, as ~C names it.
    ForwardRow* find_listening(ForwardKind kind, const Forward::End& listen);
    // By all of it, as -O cancel names it; with the port that was asked for, or the one that the server chose.
    ForwardRow* find_same(ForwardKind kind, const Forward& forward);

    // The row that allows a forwarded-tcpip or forwarded-streamlocal channel, or null.  Servers differ in how they write
    // the address (RFC 4254 §7.2 wants it as asked for): a port that only one row has is enough.  Visitors may come
    // before the answer to the request, which waits for those to earlier ones.
    const ForwardRow* allows(std::string_view address, std::uint32_t port) const;
    // Of a server that names 0 where it chose the port itself: it may lead to the only row that asked for that.
    void expect_asked_ports() { asked_ports_are_named_ = true; }
    const ForwardRow* allows(std::string_view path) const;

    const std::list<ForwardRow>& rows() const { return rows_; }

private:
    std::list<ForwardRow> rows_;                                  // rows stay where they are
    std::uint32_t next_id_ = 1;
    bool asked_ports_are_named_ = false;
};

// How a request to the server spells the address of a remote forwarding (RFC 4254 §7.1).
std::string bind_address_for_server(const Forward::End& listen);

// Where a forwarding leads, and both its ends, as programs read them in what ssh -v says: "host:80" (a path, or "socks:0"),
// "listen 8080, connect host:80".
std::string target_told(const Forward& forward);
std::string ends_told(const Forward& forward);

// "-L 8080:host:80", as a person would type it.
std::string describe(const ForwardRow& row);

} // namespace nacre
