#include "server/arguments.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <array>

#include "config/usage.h"

namespace nacre {
namespace {

enum class Takes { nothing, value };

struct Letter {
    char letter;
    Takes takes;
    std::string_view shown;                                       // in the usage; empty: left out
    void (*apply)(ServerArguments& arguments, std::string value);
};

void ignore(ServerArguments&, std::string) {}

constexpr std::array letters{
    Letter{'4', Takes::nothing, "", [](ServerArguments& a, std::string) { a.family = IpFamily::v4; }},
    Letter{'6', Takes::nothing, "", [](ServerArguments& a, std::string) { a.family = IpFamily::v6; }},
    Letter{'C', Takes::value, "connection_spec",
           [](ServerArguments& a, std::string v) { a.connection_tests.push_back(std::move(v)); }},
    Letter{'D', Takes::nothing, "", [](ServerArguments& a, std::string) { a.foreground = true; }},
    Letter{'E', Takes::value, "log_file", [](ServerArguments& a, std::string v) { a.log_file = std::move(v); }},
    Letter{'G', Takes::nothing, "", [](ServerArguments& a, std::string) { a.dump_without_keys = true; }},
    Letter{'Q', Takes::nothing, {}, ignore},                      // nothing in OpenSSH either, like -b and -k
    Letter{'R', Takes::nothing, {}, ignore},                      // OpenSSH's own, between its processes
    Letter{'T', Takes::nothing, "", [](ServerArguments& a, std::string) { a.dump = true; }},
    Letter{'V', Takes::nothing, "", [](ServerArguments& a, std::string) { a.show_version = true; }},
    Letter{'b', Takes::value, {}, ignore},
    Letter{'c', Takes::value, "host_cert_file",
           [](ServerArguments& a, std::string v) { a.options.push_back("HostCertificate=" + v); }},
    Letter{'d', Takes::nothing, "",
           [](ServerArguments& a, std::string) { a.debug = a.debug < 3 ? a.debug + 1 : 3; }},
    Letter{'e', Takes::nothing, "", [](ServerArguments& a, std::string) { a.log_to_stderr = true; }},
    Letter{'f', Takes::value, "config_file", [](ServerArguments& a, std::string v) { a.config_file = std::move(v); }},
    Letter{'g', Takes::value, "login_grace_time",
           [](ServerArguments& a, std::string v) { a.options.push_back("LoginGraceTime=" + v); }},
    Letter{'h', Takes::value, "host_key_file",
           [](ServerArguments& a, std::string v) { a.options.push_back("HostKey=" + v); }},
    Letter{'i', Takes::nothing, "", [](ServerArguments& a, std::string) { a.serve_standard_streams = true; }},
    Letter{'k', Takes::value, {}, ignore},
    Letter{'o', Takes::value, "option", [](ServerArguments& a, std::string v) { a.options.push_back(std::move(v)); }},
    Letter{'p', Takes::value, "port", [](ServerArguments& a, std::string v) { a.ports.push_back(std::move(v)); }},
    Letter{'q', Takes::nothing, "", [](ServerArguments& a, std::string) { a.quiet = true; }},
    Letter{'r', Takes::nothing, {}, ignore},                      // OpenSSH: no re-execution; ours always runs fresh programs
    Letter{'t', Takes::nothing, "", [](ServerArguments& a, std::string) { a.only_test = true; }},
    Letter{'u', Takes::value, {}, ignore},                        // the longest name in login records: here UseDNS decides
};

// What OpenSSH has no letter for.
struct LongName {
    const char* name;
    Takes takes;
    void (*apply)(ServerArguments& arguments, std::string value);
};

constexpr std::array long_names{
    LongName{"completion", Takes::value,
             [](ServerArguments& a, std::string v) { a.completion_for = std::move(v); }},
    LongName{"explain", Takes::nothing, [](ServerArguments& a, std::string) { a.explain = true; }},
    LongName{"help", Takes::nothing, [](ServerArguments& a, std::string) { a.show_help = true; }},
    LongName{"json", Takes::nothing, [](ServerArguments& a, std::string) { a.as_json = true; }},
    LongName{"lint", Takes::nothing, [](ServerArguments& a, std::string) { a.lint = true; }},
};
constexpr int first_long = 256;                                   // getopt's number of long_names[0]

auto long_options_for_getopt()
{
    std::array<::option, long_names.size() + 1> options{};
    for (std::size_t i = 0; i < long_names.size(); ++i)
        options[i] = {long_names[i].name, long_names[i].takes == Takes::value ? required_argument : no_argument, nullptr,
                      first_long + static_cast<int>(i)};
    return options;
}

std::string letters_for_getopt()
{
    std::string text{":"};
    for (auto& row : letters) {
        text += row.letter;
        if (row.takes == Takes::value)
            text += ':';
    }
    return text;
}

} // namespace

Result<ServerArguments> parse_server_arguments(int count, char* const* arguments)
{
    ServerArguments result;
    auto known = letters_for_getopt();
    auto long_options = long_options_for_getopt();
    ::opterr = 0;
    for (int got; (got = ::getopt_long(count, arguments, known.c_str(), long_options.data(), nullptr)) != -1;) {
        if (got == '?' || got == ':') {
            auto which = ::optopt > 0 && ::optopt < first_long ? std::string(1, static_cast<char>(::optopt))
                                                               : std::string{arguments[::optind - 1]};
            return bad_input(fmt::format("{} -- {}", got == '?' ? "unknown option" : "option requires an argument", which));
        }
        std::string value{::optarg ? ::optarg : ""};
        if (got >= first_long)
            long_names[static_cast<std::size_t>(got - first_long)].apply(result, std::move(value));
        else
            std::ranges::find(letters, static_cast<char>(got), &Letter::letter)->apply(result, std::move(value));
    }
    if (::optind < count)
        return bad_input(fmt::format("Extra argument {}.", arguments[::optind]));
    return result;
}

std::vector<CompletedOption> completed_server_options()
{
    std::vector<CompletedOption> options;
    for (auto& row : letters) {
        if (row.shown.data() == nullptr)
            continue;
        bool file = row.shown.ends_with("_file");
        auto value = file ? Completes::files : row.shown == "option" ? Completes::keywords : Completes::anything;
        options.push_back({fmt::format("-{}", row.letter), row.takes == Takes::value ? value : Completes::nothing,
                           std::string{row.shown}});
    }
    for (auto& row : long_names)
        options.push_back({fmt::format("--{}", row.name), row.takes == Takes::value ? Completes::shells : Completes::nothing,
                           row.takes == Takes::value ? "shell" : ""});
    return options;
}

std::string server_usage() { return usage_text("sshd", completed_server_options()); }

} // namespace nacre
