// From the members of an event to the members of its JSON object, with their names.
//
// A field that has nothing to say is left out: an optional without a value, an empty text.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/json.h"

namespace nacre {

// One line of the log, while it is being written.
class JsonLine {
public:
    static constexpr std::size_t longest_text = 1000;             // bytes of one field; escaped
    static constexpr std::size_t longest_message = 6000;          // of the text of a line without an event

    void add(std::string_view name, std::string_view text, std::size_t most = longest_text)
    {
        begin(name);
        line_ += json_ascii(text, most);
    }
    void add(std::string_view name, bool value)
    {
        begin(name);
        line_ += value ? "true" : "false";
    }
    template <std::integral Number>
        requires(!std::same_as<Number, bool>)
    void add(std::string_view name, Number value)
    {
        begin(name);
        line_ += std::to_string(value);
    }
    std::string finish() { return line_ + '}'; }

private:
    void begin(std::string_view name) { line_.append(line_.size() == 1 ? "\"" : ",\"").append(name).append("\":"); }

    std::string line_ = "{";
};

// For template arguments.
template <std::size_t N>
struct FieldName {
    constexpr FieldName(const char (&text)[N])                    // NOLINT(google-explicit-constructor): it is a literal
    {
        for (std::size_t i = 0; i < N; ++i)
            letters[i] = text[i];
    }
    constexpr std::string_view view() const { return {letters, N - 1}; }
    char letters[N]{};
};

template <FieldName Name, auto Member>
struct EventField {
    static constexpr std::string_view name = Name.view();

    template <class Event>
    static void add_to(JsonLine& line, const Event& event)
    {
        add_value(line, event.*Member);
    }

private:
    template <class Value>
    static void add_value(JsonLine& line, const std::optional<Value>& value)
    {
        if (value)
            line.add(name, *value);
    }
    static void add_value(JsonLine& line, const std::string& text)
    {
        if (!text.empty())
            line.add(name, std::string_view{text});
    }
    template <class Value>
        requires std::is_enum_v<Value>
    static void add_value(JsonLine& line, Value value)
    {
        line.add(name, name_of(value));
    }
    template <class Value>
        requires std::integral<Value>
    static void add_value(JsonLine& line, Value value)
    {
        line.add(name, value);
    }
};

template <class... Each>
struct EventFields {
    static constexpr std::array<std::string_view, sizeof...(Each)> names{Each::name...};

    template <class Event>
    static void add_to(JsonLine& line, const Event& event)
    {
        (Each::add_to(line, event), ...);
    }
};
template <>
struct EventFields<> {
    static constexpr std::array<std::string_view, 0> names{};
    template <class Event>
    static void add_to(JsonLine&, const Event&)
    {
    }
};

} // namespace nacre
