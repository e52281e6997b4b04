#include "config/client_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/contract.h"
#include "base/pattern.h"
#include "base/text.h"
#include "config/assigner.h"
#include "config/client_keywords.h"
#include "config/client_match.h"
#include "config/expand.h"
#include "config/include.h"
#include "config/lexer.h"
#include "config/nearest.h"
#include "config/none.h"

namespace nacre {

using FileRole = ClientConfigReader::FileRole;

namespace {

constexpr std::string_view system_file = "/etc/ssh/ssh_config";
constexpr std::string_view system_directory = "/etc/ssh/";
constexpr std::string_view user_directory = "~/.ssh/";

// Whether the lines count here, and why.
struct Scope {
    bool active = true;
    bool never = false;                                           // the Include stands in a block that does not match
    std::string condition;
};

// "a !b*": one pattern must match and no negated one.
bool host_matches(std::string_view host, const std::vector<std::string>& patterns)
{
    bool found = false;
    for (auto& pattern : patterns) {
        bool negated = pattern.starts_with('!');
        if (!matches_pattern(host, std::string_view{pattern}.substr(negated ? 1 : 0)))
            continue;
        if (negated)
            return false;
        found = true;
    }
    return found;
}

} // namespace

struct ClientConfigReader::State {
    State(ConfigSources& where, ClientSituation what) : sources(where), situation(std::move(what)), host(situation.host)
    {
    }

    ConfigSources& sources;
    ClientSituation situation;
    std::string host;
    Assigner<ClientOptions> assigner{client_keywords()};
    Diagnostics diagnostics;
    std::vector<std::pair<std::string, FileRole>> files;
    IncludeLimits limits;
    bool final_pass = false;
    bool saw_match_final = false;

    void directive(std::string_view line, Origin origin, Scope& scope, FileRole role);
    void structure(const LexedLine& lexed, std::string_view keyword, const Origin& origin, Scope& scope, FileRole role);
    Result<std::string> include_path(std::string_view word, FileRole role);
    void include(const LexedLine& lexed, const Origin& origin, Scope& scope, FileRole role);
    bool read(const std::string& path, FileRole role, bool included, Scope& scope);   // whether its lines were read
    void assign(const Keyword<ClientOptions>& row, Arguments arguments, const Origin& origin, bool active);
};

void ClientConfigReader::State::assign(const Keyword<ClientOptions>& row, Arguments arguments, const Origin& origin,
                                       bool active)
{
    assigner.assign(row, std::move(arguments), origin, active, diagnostics);
    // Two ways of saying how to get there: the first of them wins.
    if (active && row.name == "ProxyCommand")
        assigner.close("ProxyJump");
    if (active && row.name == "ProxyJump")
        assigner.close("ProxyCommand");
}

void ClientConfigReader::State::directive(std::string_view line, Origin origin, Scope& scope, FileRole role)
{
    auto lexed = lex_line(line);
    if (!lexed)
        return diagnostics.error(fmt::format("{}: {}", place(origin), lexed.error().what));
    if (lexed->keyword.empty())
        return;
    auto* row = client_keywords().find(lexed->keyword);
    if (!row) {
        if (matches_pattern_list(to_lower(lexed->keyword), to_lower(assigner.options().ignore_unknown)) ==
            PatternMatch::yes)
            return diagnostics.note(fmt::format("{}: Ignored unknown option \"{}\"", place(origin),
                                                printable(lexed->keyword)));
        auto hint = diagnostics.is_full() ? "" : did_you_mean(lexed->keyword, names_in(client_keywords()));
        return diagnostics.error(fmt::format("{}: Bad configuration option: {}{}", place_of_unknown(origin),
                                             printable(lexed->keyword), hint));
    }
    if (lexed->words.empty() && lexed->rest.empty())
        return diagnostics.error(fmt::format("{}: no argument after keyword \"{}\"", place(origin), row->name));
    if (row->support == Support::structure && origin.is_command_line())
        return diagnostics.error(fmt::format("{}: {} is for files only: write it into one and name that with -F",
                                             place(origin), row->name));
    if (row->support == Support::structure)
        return structure(*lexed, row->name, origin, scope, role);
    auto from = origin.is_command_line() ? Arguments::From::command_line : Arguments::From::file;
    origin.condition = scope.condition;
    assign(*row, {std::move(lexed->words), std::string{lexed->rest}, from}, origin, scope.active);
}

void ClientConfigReader::State::structure(const LexedLine& lexed, std::string_view keyword, const Origin& origin,
                                          Scope& scope, FileRole role)
{
    if (lexed.words.empty())
        return diagnostics.error(fmt::format("{}: no argument after keyword \"{}\"", place(origin), keyword));
    if (keyword == "Include")
        return include(lexed, origin, scope, role);
    scope.condition = fmt::format("{} {}", keyword, lexed.rest);
    if (keyword == "Host") {
        scope.active = !scope.never && host_matches(host, lexed.words);
        return;
    }
    auto match = match_client(lexed.words, {assigner.options(), situation, host, final_pass, sources}, !scope.never);
    if (!match)
        return diagnostics.error(fmt::format("{}: {}", place(origin), match.error().what));
    saw_match_final = saw_match_final || match->asks_for_final_pass;
    scope.active = match->holds;
}

Result<std::string> ClientConfigReader::State::include_path(std::string_view word, FileRole role)
{
    auto values = client_tokens(assigner.options(), situation, host);
    auto path = TRY(expand_path(word, values, tokens::client, sources));
    if (path.starts_with('/'))
        return path;
    return expand_home(fmt::format("{}{}", role == FileRole::system ? system_directory : user_directory, path), sources);
}

void ClientConfigReader::State::include(const LexedLine& lexed, const Origin& origin, Scope& scope, FileRole role)
{
    for (auto& word : lexed.words) {
        auto path = include_path(word, role);
        if (!path) {
            diagnostics.error(fmt::format("{}: {}", place(origin), path.error().what));
            continue;
        }
        for (auto& file : sources.glob(*path)) {
            // The file sees whether it counts, but what it does with Host and Match ends with it.
            Scope inner{scope.active, scope.never || !scope.active, scope.condition};
            read(file, role, true, inner);
        }
    }
}

bool ClientConfigReader::State::read(const std::string& path, FileRole role, bool included, Scope& scope)
{
    auto complain = [&](const Error& error) { diagnostics.error(fmt::format("{}: {}", path, error.what)); };
    if (auto entered = limits.enter(path); !entered) {
        complain(entered.error());
        return false;
    }
    bool was_read = false;
    auto file = sources.read(path);
    if (!file && included && is_folder(file.error()))
        diagnostics.warning(passed_over(path));
    else if (!file && file.error().kind == ErrorKind::system && role != FileRole::named && !included)
        diagnostics.warning(fmt::format("{}: {}; this file was not read, and what it says does not count", path,
                                        file.error().what));
    else if (!file)
        complain(file.error());
    else if (!*file && role == FileRole::named && !included)
        diagnostics.error(fmt::format("Can't open user config file {}: No such file or directory", path));
    if (file && *file) {
        bool private_file = included || role == FileRole::user;
        bool others_write = ((*file)->mode & 022) != 0 || ((*file)->owner != 0 && (*file)->owner != sources.own_uid());
        if (private_file && others_write)
            diagnostics.error(fmt::format("Bad owner or permissions on {}", path));
        else if (auto fits = limits.add_text((*file)->text.size()); !fits)
            complain(fits.error());
        else {
            was_read = true;
            diagnostics.note(fmt::format("Reading configuration data {}", printable(path)));
            for_each_line((*file)->text, [&](std::size_t number, std::string_view line) {
                directive(line, Origin{path, number, ""}, scope, role);
            });
        }
    }
    limits.leave();
    return was_read;
}

ClientConfigReader::ClientConfigReader(ConfigSources& sources, ClientSituation situation)
    : state_(std::make_unique<State>(sources, std::move(situation)))
{
}

ClientConfigReader::~ClientConfigReader() = default;

void ClientConfigReader::option(std::string_view text)
{
    Scope scope;
    state_->directive(text, Origin{std::string{Origin::command_line}, 0, ""}, scope, FileRole::user);
}

void ClientConfigReader::set(std::string_view keyword, std::string_view value)
{
    auto* row = client_keywords().find(keyword);
    NACRE_EXPECTS(row);
    Arguments arguments{{std::string{value}}, std::string{value}, Arguments::From::command_line};
    state_->assign(*row, std::move(arguments), Origin{std::string{Origin::command_line}, 0, ""}, true);
}

void ClientConfigReader::read_files(const std::optional<std::string>& file)
{
    if (file) {
        if (!is_none(*file))
            read_file(*file, FileRole::named);
        return;
    }
    if (auto path = expand_home(fmt::format("{}config", user_directory), state_->sources))
        read_file(*path, FileRole::user);
    read_file(std::string{system_file}, FileRole::system);
}

void ClientConfigReader::read_file(const std::string& path, FileRole role)
{
    Scope scope;
    auto errors = state_->diagnostics.error_count;
    state_->files.emplace_back(path, role);
    bool was_read = state_->read(path, role, false, scope);
    if (auto count = state_->diagnostics.error_count - errors; was_read && count > 0)
        state_->diagnostics.error(fmt::format("{}: terminating, {} bad configuration options", path, count));
}

bool ClientConfigReader::wants_final_pass() const
{
    return state_->saw_match_final || state_->assigner.options().canonicalize_hostname != Canonicalize::no;
}

void ClientConfigReader::final_pass(std::string_view canonical_host)
{
    state_->final_pass = true;
    state_->host = canonical_host;
    // HostName is part of that name by now, and another comes too late.
    state_->assigner.options().host_name = without_tokens(canonical_host);
    state_->assigner.close("HostName");
    state_->limits = IncludeLimits{};
    // What adds up (IdentityFile, SendEnv, LocalForward) takes each value only once, so nothing doubles.
    for (auto& [path, role] : std::vector{std::move(state_->files)})
        read_file(path, role);
}

const ClientOptions& ClientConfigReader::options() const { return state_->assigner.options(); }
const Provenance& ClientConfigReader::provenance() const { return state_->assigner.provenance(); }
const Diagnostics& ClientConfigReader::diagnostics() const { return state_->diagnostics; }

} // namespace nacre
