#include "config/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace nacre {

namespace {

std::string words(const auto& list)
{
    std::string text;
    for (auto& each : list)
        text.append(text.empty() ? "" : " ").append(each);
    return text;
}

// A shell command that prints the candidates, one per line or separated by blanks.
std::string candidates(const Completion& completion, Completes what)
{
    switch (what) {
    case Completes::keywords: {
        std::string list = "printf '%s=\\n'";
        return completion.keywords.empty() ? "true" : list.append(" ").append(words(completion.keywords));
    }
    case Completes::queries:
        return "printf '%s\\n' " + words(completion.queries);
    case Completes::shells:
        return "printf '%s\\n' " + words(completion_shells);
    case Completes::ciphers:
        return "ssh -Q cipher";
    case Completes::macs:
        return "ssh -Q mac";
    case Completes::nothing:
    case Completes::anything:
    case Completes::files:
        break;
    }
    return "true";
}

// Names of the user's configuration and of known_hosts.  Shells expand what they are given (bash's compgen -W runs even
// commands), and others write into those files: names with anything but plain characters, patterns and hashes among
// them, are left out, and so are those that would be taken for options.
constexpr std::string_view host_command =
    R"({ awk 'tolower($1) == "host" { for (i = 2; i <= NF && $i !~ /^#/; i++) print $i }' ~/.ssh/config; )"
    R"(awk '$1 !~ /^[|@#]/ { n = split($1, h, ","); for (i = 1; i <= n; i++) print h[i] }' ~/.ssh/known_hosts; } )"
    R"(2>/dev/null | LC_ALL=C grep -E '^[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*$')";

std::string option_names(const Completion& completion)
{
    std::vector<std::string_view> names;
    for (auto& option : completion.options)
        names.push_back(option.name);
    return words(names);
}

// The options whose value is of a kind, as a pattern of case: "-F|-i".
std::string options_with(const Completion& completion, Completes value, std::string_view separator)
{
    std::string names;
    for (auto& option : completion.options)
        if (option.value == value)
            names.append(names.empty() ? "" : separator).append(option.name);
    return names;
}

std::string bash(const Completion& completion)
{
    std::string identifier = completion.program;
    std::ranges::replace(identifier, '-', '_');
    std::string text = fmt::format("_nacre_{}() {{\n    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}\n"
                                   "    COMPREPLY=()\n    case $prev in\n", identifier);
    auto kinds = {Completes::keywords, Completes::queries, Completes::shells, Completes::ciphers, Completes::macs};
    for (auto kind : kinds)
        if (auto names = options_with(completion, kind, "|"); !names.empty())
            text += fmt::format("    {}) COMPREPLY=($(compgen -W \"$({})\" -- \"$cur\"))\n"
                                "        [[ ${{COMPREPLY-}} == *= ]] && compopt -o nospace\n        return ;;\n",
                                names, candidates(completion, kind));
    if (auto names = options_with(completion, Completes::files, "|"); !names.empty())
        text += fmt::format("    {}) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", names);
    if (auto names = options_with(completion, Completes::anything, "|"); !names.empty())
        text += fmt::format("    {}) return ;;\n", names);
    text += fmt::format("    esac\n    if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))\n",
                        option_names(completion));
    if (completion.hosts)
        text += fmt::format("    else\n        local user=${{cur%%@*}}@\n        [[ $cur == *@* ]] || user=\n"
                            "        COMPREPLY=($(compgen -P \"$user\" -W \"$({})\" -- \"${{cur##*@}}\"))\n",
                            host_command);
    text += fmt::format("    fi\n}}\ncomplete -F _nacre_{} {}\n", identifier, completion.program);
    return text;
}

// ":what:action" of _arguments, for within single quotes.
std::string zsh_value(const Completion& completion, const CompletedOption& option)
{
    if (option.value == Completes::nothing)
        return "";
    std::string value = ":";
    for (char c : option.shown)
        value += c == ':' ? std::string{"\\:"} : std::string(1, c == '[' ? '(' : c == ']' ? ')' : c);
    value += ':';
    auto list = candidates(completion, option.value);
    if (option.value == Completes::files)
        return value + "_files";
    if (list == "true")
        return value;
    for (std::size_t at = 0; (at = list.find('\'', at)) != std::string::npos; at += 4)
        list.replace(at, 1, "'\\''");
    return fmt::format("{}{{compadd{} -- $({})}}", value, option.value == Completes::keywords ? " -S \"\"" : "", list);
}

std::string zsh(const Completion& completion)
{
    std::string text = fmt::format("#compdef {}\n_nacre_{}() {{\n    local -a options=(\n", completion.program,
                                   completion.program);
    for (auto& option : completion.options)
        text += fmt::format("        '*{}{}'\n", option.name, zsh_value(completion, option));
    if (completion.hosts)
        text += "        '1:host:_nacre_hosts'\n        '*::command:_normal'\n";
    text += "    )\n    _arguments -s $options\n}\n";
    if (completion.hosts)
        text += fmt::format("_nacre_hosts() {{\n    compset -P '*@'\n    compadd -- $({})\n}}\n", host_command);
    // In a file of fpath these lines run at the first completion, as the function that the file is called; read by "source" or
    // "eval" they are to announce it.
    return text + fmt::format("if [[ $funcstack[1] == _nacre_{0} ]]; then\n    _nacre_{0} \"$@\"\n"
                              "else\n    compdef _nacre_{0} {0}\nfi\n", completion.program);
}

std::string fish(const Completion& completion)
{
    std::string text;
    for (auto& option : completion.options) {
        bool is_long = option.name.starts_with("--");
        text += fmt::format("complete -c {} -{} {}", completion.program, is_long ? "l" : "s",
                            std::string_view{option.name}.substr(is_long ? 2 : 1));
        auto list = candidates(completion, option.value);
        if (option.value == Completes::files)
            text += " -r -F";
        else if (option.value != Completes::nothing)
            text += " -x";
        if (list != "true")
            text += fmt::format(" -a \"({})\"", list);
        if (!option.shown.empty())
            text += fmt::format(" -d '{}'", option.shown);
        text += '\n';
    }
    if (completion.hosts) {
        std::string quoted;
        for (char c : host_command)
            quoted += c == '\'' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
        text += fmt::format("function __nacre_hosts\n    sh -c '{}'\nend\ncomplete -c {} -f -a '(__nacre_hosts)'\n", quoted,
                            completion.program);
    }
    return text;
}

} // namespace

Result<std::string> completion_script(const Completion& completion, std::string_view shell)
{
    if (shell == "bash")
        return bash(completion);
    if (shell == "zsh")
        return zsh(completion);
    if (shell == "fish")
        return fish(completion);
    return bad_input(fmt::format("no completion for \"{}\"; known are {}", printable(shell), words(completion_shells)));
}

} // namespace nacre
