// What the rules need to know of ssh_config or of sshd_config: its keywords, its conditions, its files.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/keyword.h"
#include "config/match.h"
#include "config/nearest.h"
#include "config/sources.h"

namespace nacre::lint {

enum class Side { client, server };

struct KeywordFacts {
    std::size_t index;                                            // of the row
    std::string_view name;                                        // as in the table: not the alias
    Support support;
    Where where;
    Repeat repeat;
    std::string_view description;
    bool has_value;
    bool by_alias;
};

class Dialect {
public:
    virtual ~Dialect() = default;
    virtual Side side() const = 0;
    virtual std::optional<KeywordFacts> find(std::string_view keyword) const = 0;
    virtual std::vector<std::string_view> names() const = 0;
    // Whether the value can be read; true if it is not the default.
    virtual Result<bool> check(std::size_t index, Arguments arguments) = 0;
    virtual Result<std::vector<Criterion>> criteria(std::span<const std::string> words) const = 0;
    // The pattern that an Include stands for; nothing if that depends on the connection.
    virtual std::optional<std::string> include_pattern(std::string_view word, bool system_file) = 0;
};

// Files and values that are named in the configuration, "~" and all; nothing if tokens stand in it.
std::optional<std::string> plain_path(std::string_view text, ConfigSources& sources);

template <class Options>
class TableDialect : public Dialect {
public:
    explicit TableDialect(const KeywordTable<Options>& table) : table_(table) {}

    std::optional<KeywordFacts> find(std::string_view keyword) const override
    {
        auto* row = table_.find(keyword);
        if (!row)
            return std::nullopt;
        return KeywordFacts{table_.index_of(*row), row->name,        row->support, row->where, row->repeat,
                            row->description,      row->parse != nullptr, !equal_ignoring_case(keyword, row->name)};
    }
    std::vector<std::string_view> names() const override { return names_in(table_); }
    Result<bool> check(std::size_t index, Arguments arguments) override
    {
        auto& row = table_.rows[index];
        row.override_with(scratch_, default_);                    // forget what other lines have left
        TRY(row.parse(scratch_, arguments));
        if (!arguments.at_end())
            return bad_input("extra arguments at end of line");
        return !row.same(scratch_, default_);
    }

private:
    const KeywordTable<Options>& table_;
    Options scratch_;
    const Options default_;
};

} // namespace nacre::lint
