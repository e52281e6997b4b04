#include "config/server_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/assigner.h"
#include "config/include.h"
#include "config/lexer.h"
#include "config/nearest.h"
#include "config/none.h"
#include "config/server_contradictions.h"
#include "config/server_keywords.h"
#include "config/server_match.h"
#include "config/whole_paths.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {
namespace {

constexpr std::string_view include_directory = "/etc/ssh/";
constexpr std::uint8_t serial_version = 1;

// Goes through the lines with the eyes of one connection, or (without one) of the listener.
class Replay {
public:
    using Line = ServerConfig::Line;

    enum class Lines { all, those_that_count };                   // the rest was checked when the files were read

    Replay(const ServerMatchContext* context, Lines which, Diagnostics& diagnostics)
        : context_(context), which_(which), diagnostics_(diagnostics)
    {
        // The listener obeys what stands outside Match; a connection asks only what Match adds to that.
        scope_.active = context == nullptr;
    }

    void line(const Line& line, const std::vector<std::string>& files);
    void pass_over_ports() { passes_over_ports_ = true; }         // of all lines that follow
    const Assigner<ServerOptions>& result() const { return assigner_; }

private:
    struct Scope {
        bool active = true;
        bool never = false;                                       // inside an Include whose block does not match
        std::string condition;
    };

    void directive(const LexedLine& lexed, Origin origin);

    const ServerMatchContext* context_;
    Lines which_;
    Diagnostics& diagnostics_;
    Assigner<ServerOptions> assigner_{server_keywords()};
    Scope scope_;
    std::vector<Scope> outer_;
    bool passes_over_ports_ = false;
};

void Replay::line(const Line& line, const std::vector<std::string>& files)
{
    switch (line.kind) {
    case Line::Kind::enter_include:
        outer_.push_back(scope_);
        // A connection starts outside every Match, where nothing counts for it; that is no block that fails to match.
        scope_.never = scope_.never || (!scope_.active && !scope_.condition.empty());
        return;
    case Line::Kind::leave_include:
        if (!outer_.empty()) {
            scope_ = std::move(outer_.back());
            outer_.pop_back();
        }
        return;
    case Line::Kind::directive:
        break;
    }
    // Most lines of a large file are in blocks that do not match.
    auto start = line.text.find_first_not_of(" \t\"");
    bool may_be_match = start != std::string::npos && lower_case(line.text[start]) == 'm';
    if (which_ == Lines::those_that_count && !scope_.active && !may_be_match)
        return;
    Origin origin{files[line.file], line.number, ""};
    auto lexed = lex_line(line.text);
    if (!lexed) {
        auto which = origin.is_command_line() ? fmt::format(" in: {}", printable(line.text)) : "";
        return diagnostics_.error(fmt::format("{}: {}{}", place(origin), lexed.error().what, which));
    }
    if (!lexed->keyword.empty())
        directive(*lexed, std::move(origin));
}

void Replay::directive(const LexedLine& lexed, Origin origin)
{
    auto* row = server_keywords().find(lexed.keyword);
    if (!row) {
        auto hint = diagnostics_.is_full() ? "" : did_you_mean(lexed.keyword, names_in(server_keywords()));
        return diagnostics_.error(fmt::format("{}: Bad configuration option: {}{}", place_of_unknown(origin),
                                              printable(lexed.keyword), hint));
    }
    if (lexed.words.empty() && (lexed.rest.empty() || row->support == Support::structure))
        return diagnostics_.error(fmt::format("{}: no argument after keyword \"{}\"", place(origin), row->name));
    if (row->support == Support::structure && origin.is_command_line())
        return diagnostics_.error(fmt::format("{}: {} is for files only: write it into one and name that with -f",
                                              place(origin), row->name));
    if (row->name == "Match") {
        auto holds = match_server(lexed.words, scope_.never ? nullptr : context_);
        if (!holds)
            return diagnostics_.error(fmt::format("{}: {}", place(origin), holds.error().what));
        scope_.active = *holds && !scope_.never;
        scope_.condition = fmt::format("Match {}", lexed.rest);
        return;
    }
    if (row->support == Support::structure)
        return;                                                   // an Include: its lines follow
    if (passes_over_ports_ && row->name == "Port")
        return;
    bool outside = row->where == Where::outside_match && row->parse;
    if (context_ && outside)
        return;
    if (!scope_.active && outside)
        return diagnostics_.error(fmt::format("{}: Directive '{}' is not allowed within a Match block", place(origin),
                                              row->name));
    origin.condition = scope_.condition;
    auto from = origin.is_command_line() ? Arguments::From::command_line : Arguments::From::file;
    assigner_.assign(*row, {lexed.words, std::string{lexed.rest}, from}, origin, scope_.active, diagnostics_);
}

} // namespace

enum class Named { by_command_line, by_include };

// Collects the lines of all files; what they mean is for Replay.
class ServerConfigReader {
public:
    ServerConfigReader(ConfigSources& sources, ServerConfigReading& reading) : sources_(sources), reading_(reading) {}

    void port(const std::string& text)
    {
        option("Port=" + text);
        ++ports_;
    }
    void option(const std::string& text)
    {
        auto number = static_cast<std::uint32_t>(reading_.config.lines_.size()) + 1;
        if (!directive(file_index(std::string{Origin::command_line}), number, text))
            reading_.blame = ServerConfigReading::Blame::command_line;
    }
    void file(const std::string& path, Named named);
    void finish(const std::string& path);                         // `path`: the file that holds or includes all others

private:
    using Line = ServerConfig::Line;

    bool directive(std::uint32_t file, std::uint32_t number, std::string_view text);   // false: there is an error
    void include(std::string_view line, const Origin& origin);
    std::uint32_t file_index(const std::string& path);
    void add(Line::Kind kind, std::uint32_t file, std::uint32_t number, std::string text)
    {
        reading_.config.lines_.push_back({kind, number, file, std::move(text)});
    }

    ConfigSources& sources_;
    ServerConfigReading& reading_;
    IncludeLimits limits_;
    std::size_t ports_ = 0;                                       // the first lines: beside them no others count
};

std::uint32_t ServerConfigReader::file_index(const std::string& path)
{
    auto& files = reading_.config.files_;
    auto found = std::ranges::find(files, path);
    if (found == files.end())
        found = files.insert(files.end(), path);
    return static_cast<std::uint32_t>(found - files.begin());
}

void ServerConfigReader::file(const std::string& path, Named named)
{
    auto complain = [&](const Error& error) { reading_.diagnostics.error(fmt::format("{}: {}", path, error.what)); };
    if (auto entered = limits_.enter(path); !entered)
        return complain(entered.error());
    auto content = sources_.read(path);
    if (!content && named == Named::by_include && is_folder(content.error()))
        reading_.diagnostics.warning(passed_over(path));
    else if (!content)
        complain(content.error());
    else if (!*content && named == Named::by_command_line)
        reading_.diagnostics.error(fmt::format("{}: No such file or directory", path));
    if (named == Named::by_command_line && !reading_.diagnostics.ok())
        reading_.blame = ServerConfigReading::Blame::command_line;
    if (content && *content) {
        auto index = file_index(path);
        if (auto fits = limits_.add_text((*content)->text.size()); !fits)
            complain(fits.error());
        else
            for_each_line((*content)->text, [&](std::size_t number, std::string_view text) {
                auto line = trim(text);
                if (line.empty() || line.starts_with('#'))
                    return;
                directive(index, static_cast<std::uint32_t>(number), line);
                include(line, Origin{path, number, ""});
            });
    }
    limits_.leave();
}

bool ServerConfigReader::directive(std::uint32_t file, std::uint32_t number, std::string_view text)
{
    auto whole = line_with_whole_paths(text, sources_);
    if (whole) {
        add(Line::Kind::directive, file, number, *std::move(whole));
        return true;
    }
    Origin origin{reading_.config.files_[file], number, ""};
    reading_.diagnostics.error(fmt::format("{}: {}", place(origin), whole.error().what));
    return false;
}

// If the line is an Include: the files, between their edges.
void ServerConfigReader::include(std::string_view line, const Origin& origin)
{
    if (lower_case(line.front()) != 'i' && line.front() != '"')
        return;
    auto lexed = lex_line(line);
    if (!lexed || !equal_ignoring_case(lexed->keyword, "Include"))
        return;
    for (auto& word : lexed->words) {
        auto pattern = word.starts_with('/') ? word : std::string{include_directory} + word;
        for (auto& path : sources_.glob(pattern)) {
            auto number = static_cast<std::uint32_t>(origin.line);
            add(Line::Kind::enter_include, file_index(origin.file), number, "");
            file(path, Named::by_include);
            add(Line::Kind::leave_include, file_index(origin.file), number, "");
        }
    }
}

void ServerConfigReader::finish(const std::string& path)
{
    using Blame = ServerConfigReading::Blame;
    auto& [config, diagnostics, blame] = reading_;
    Replay replay{nullptr, Replay::Lines::all, diagnostics};
    auto elsewhere = diagnostics.error_count;                     // a file that cannot be read has no bad options
    for (auto& line : config.lines_) {
        replay.line(line, config.files_);
        if (ports_ > 0 && --ports_ == 0)
            replay.pass_over_ports();
        if (config.files_[line.file] != Origin::command_line)
            continue;                                             // behind all of those
        if (diagnostics.error_count > elsewhere)
            blame = Blame::command_line;
        elsewhere = diagnostics.error_count;
    }
    config.global_ = replay.result().options();
    config.provenance_ = replay.result().provenance();
    if (diagnostics.ok())
        for (auto& row : server_contradictions())
            if (row.holds(config.global_))
                diagnostics.error(std::string{row.what});
    if (blame == Blame::nobody && !diagnostics.ok())
        blame = Blame::files;
    if (auto count = diagnostics.error_count - elsewhere; count > 0)
        diagnostics.error(fmt::format("{}: terminating, {} bad configuration options", path, count));
}

ServerConfigReading read_server_config(ConfigSources& sources, const std::string& path,
                                       std::span<const std::string> options, std::span<const std::string> ports)
{
    ServerConfigReading reading;
    ServerConfigReader reader{sources, reading};
    for (auto& port : ports)
        reader.port(port);
    for (auto& option : options)
        reader.option(option);
    if (!is_none(path))
        reader.file(path, Named::by_command_line);
    reader.finish(path);
    return reading;
}

Result<ServerConfig::Resolved> ServerConfig::explain(const ServerMatchContext& context) const
{
    Diagnostics diagnostics;
    Replay replay{&context, Replay::Lines::those_that_count, diagnostics};
    for (auto& line : lines_)
        replay.line(line, files_);
    if (!diagnostics.ok())
        return bad_input(diagnostics.errors.front());
    Resolved resolved{global_, provenance_};
    replay.result().override_in(resolved.options, resolved.provenance);
    return resolved;
}

Result<ServerOptions> ServerConfig::resolve(const ServerMatchContext& context) const
{
    auto resolved = TRY(explain(context));
    return std::move(resolved.options);
}

ByteVector ServerConfig::serialise() const
{
    ByteVector bytes;
    Writer writer{bytes};
    writer.u8(serial_version).u32(static_cast<std::uint32_t>(files_.size()));
    for (auto& file : files_)
        writer.string(file);
    writer.u32(static_cast<std::uint32_t>(lines_.size()));
    for (auto& line : lines_)
        writer.u8(static_cast<std::uint8_t>(line.kind)).u32(line.file).u32(line.number).string(line.text);
    return bytes;
}

Result<ServerConfig> ServerConfig::deserialise(Bytes bytes)
{
    ServerConfig config;
    Reader reader{bytes};
    if (reader.u8() != serial_version)
        return bad_input("configuration of another version");
    for (auto count = reader.u32(); count > 0 && reader.ok(); --count)
        config.files_.emplace_back(reader.text());
    for (auto count = reader.u32(); count > 0 && reader.ok(); --count) {
        auto kind = reader.u8();
        Line line{static_cast<Line::Kind>(kind), 0, reader.u32(), ""};
        line.number = reader.u32();
        line.text = reader.text();
        if (kind > static_cast<std::uint8_t>(Line::Kind::leave_include) || line.file >= config.files_.size())
            reader.reject();
        else
            config.lines_.push_back(std::move(line));
    }
    TRY(reader.finish("configuration"));
    Diagnostics diagnostics;
    Replay replay{nullptr, Replay::Lines::those_that_count, diagnostics};
    for (auto& line : config.lines_)
        replay.line(line, config.files_);
    if (!diagnostics.ok())
        return bad_input(diagnostics.errors.front());
    config.global_ = replay.result().options();
    config.provenance_ = replay.result().provenance();
    return config;
}

Result<ServerMatchContext> parse_connection_test(std::span<const std::string> specifications)
{
    ServerMatchContext context{.is_described = true};
    struct Text {
        std::string_view key;
        std::optional<std::string> ServerMatchContext::*member;
    };
    constexpr Text texts[]{
        {"user", &ServerMatchContext::user},          {"host", &ServerMatchContext::host},
        {"addr", &ServerMatchContext::address},       {"laddr", &ServerMatchContext::local_address},
        {"rdomain", &ServerMatchContext::rdomain},
    };
    for (auto& specification : specifications)
        for (auto part : split(specification, ',')) {
            if (part.empty())
                continue;                                         // a comma at an end, as scripts leave it
            auto equals = part.find('=');
            auto key = part.substr(0, equals);
            auto row = std::ranges::find(texts, key, &Text::key);
            if (equals == std::string_view::npos && (row != std::end(texts) || key == "lport"))
                return bad_input(fmt::format("Invalid test mode specification {}: a value is missing ({}=VALUE)", key, key));
            auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
            if (row != std::end(texts)) {
                context.*row->member = std::string{value};
            } else if (key == "lport") {
                context.local_port = parse_number<std::uint16_t>(value);
                if (!context.local_port)
                    return bad_input(fmt::format("Invalid port '{}' in test mode specification", printable(value)));
            } else if (part == "invalid-user") {
                context.user_exists = false;
            } else {
                return bad_input(fmt::format("Invalid test mode specification {}", printable(part)));
            }
        }
    return context;
}

} // namespace nacre
