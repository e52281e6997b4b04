#include "server/arguments.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

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
    Letter{'4', Takes::nothing, "", [](ServerArguments& a, std::string) { a.family = AddressFamily::inet; }},
    Letter{'6', Takes::nothing, "", [](ServerArguments& a, std::string) { a.family = AddressFamily::inet6; }},
    Letter{'C', Takes::value, "connection_spec",
           [](ServerArguments& a, std::string v) { a.connection_tests.push_back(std::move(v)); }},
    Letter{'D', Takes::nothing, "", [](ServerArguments& a, std::string) { a.foreground = true; }},
    Letter{'E', Takes::value, "log_file", [](ServerArguments& a, std::string v) { a.log_file = std::move(v); }},
    Letter{'G', Takes::nothing, "", [](ServerArguments& a, std::string) { a.dump_without_keys = true; }},
    Letter{'R', Takes::nothing, {}, ignore},                      // OpenSSH's own, between its processes
    Letter{'T', Takes::nothing, "", [](ServerArguments& a, std::string) { a.dump = true; }},
    Letter{'V', Takes::nothing, "", [](ServerArguments& a, std::string) { a.show_version = true; }},
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
    Letter{'o', Takes::value, "option", [](ServerArguments& a, std::string v) { a.options.push_back(std::move(v)); }},
    Letter{'p', Takes::value, "port", [](ServerArguments& a, std::string v) { a.options.push_back("Port=" + v); }},
    Letter{'q', Takes::nothing, "", [](ServerArguments& a, std::string) { a.quiet = true; }},
    Letter{'r', Takes::nothing, {}, ignore},                      // OpenSSH: no re-execution; ours always runs fresh programs
    Letter{'t', Takes::nothing, "", [](ServerArguments& a, std::string) { a.only_test = true; }},
};

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
    ::opterr = 0;
    for (int letter; (letter = ::getopt(count, arguments, known.c_str())) != -1;) {
        if (letter == '?')
            return bad_input(fmt::format("unknown option -- {}", static_cast<char>(::optopt)));
        if (letter == ':')
            return bad_input(fmt::format("option requires an argument -- {}", static_cast<char>(::optopt)));
        for (auto& row : letters)
            if (row.letter == letter)
                row.apply(result, row.takes == Takes::value ? std::string{::optarg} : std::string{});
    }
    if (::optind < count)
        return bad_input(fmt::format("Extra argument {}.", arguments[::optind]));
    return result;
}

std::string server_usage()
{
    std::string flags, values;
    for (auto& row : letters) {
        if (row.shown.data() == nullptr)
            continue;
        if (row.takes == Takes::nothing)
            flags += row.letter;
        else
            values += fmt::format(" [-{} {}]", row.letter, row.shown);
    }
    return fmt::format("usage: sshd [-{}]{}", flags, values);
}

} // namespace nacre
