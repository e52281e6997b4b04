// PerSourcePenalties: places that misbehaved are not served for a while.
//
// Pure: told how connections ended and what time it is.  Bounded by max-sources4 and max-sources6.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "config/server_options.h"
#include "server/login_end.h"

namespace nacre {

class Penalties {
public:
    explicit Penalties(const ServerOptions& options);

    struct Penalty {
        std::string_view why;                                     // the last cause
        Duration left;
        bool is_felt;
    };
    // Penalties of one source add up, to `max` at most; below `min` in all they are not felt yet.  Nothing: none came.
    std::optional<Penalty> connection_ended(const std::string& address, LoginEnd end, TimePoint now);

    struct Ban {
        std::string_view why;
        Duration left;                                            // 0: as long as the table is full
    };
    // Nothing: welcome.
    std::optional<Ban> ban(const std::string& address, TimePoint now);

    // For the listener that follows this one.
    struct Record {
        std::string source;
        LoginEnd cause;
        TimePoint until;
        bool is_felt;
    };
    std::vector<Record> all() const;
    void restore(const Record& record, TimePoint now);            // what fits into the table

private:
    struct Entry {
        TimePoint until;
        std::string_view why;                                     // the last cause
        bool is_felt = false;
    };
    // Of one address family.
    struct Table {
        std::uint32_t most;
        SourcePenalties::Overflow overflow;
        std::map<std::string, Entry> entries;
        std::set<std::pair<TimePoint, std::string>> by_time;

        void forget_what_is_over(TimePoint now);
        void erase(const std::string& source);
        bool is_full() const { return entries.size() >= most; }
    };

    Table& table_of(const std::string& address);
    bool is_exempt(const std::string& address) const;

    SourcePenalties penalties_;
    NetBlockSize block_;
    std::string exempt_;
    Table ipv4_, ipv6_;
};

} // namespace nacre
