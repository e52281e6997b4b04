#include "server/process_protocol.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "os/process.h"

namespace nacre {
namespace {

constexpr const char* protocol_variable = "NACRE_PROTOCOL";
constexpr const char* only_asked_variable = "NACRE_PROTOCOL_CHECK";

// What Kerberos reads on a server.
constexpr std::array kerberos_variables{"KRB5_CONFIG",   "KRB5_KTNAME",    "KRB5_TRACE",
                                        "KRB5RCACHEDIR", "KRB5RCACHENAME", "KRB5RCACHETYPE"};

struct Helper {
    std::string_view name;
    const Fd HelperPrograms::*program;
};
constexpr std::array helpers{
    Helper{"sshd-session", &HelperPrograms::session},
    Helper{"sshd-net", &HelperPrograms::network},
    Helper{"sshd-user", &HelperPrograms::user},
};

} // namespace

Environment helper_environment()
{
    Environment environment;
    if (auto zone = environment_variable("TZ"))
        environment.set("TZ", *zone);
    environment.set(protocol_variable, process_protocol_name);
    return environment;
}

Environment monitor_environment()
{
    auto environment = helper_environment();
    for (auto* name : kerberos_variables)
        if (auto value = environment_variable(name))
            environment.set(name, *value);
    return environment;
}

std::optional<int> protocol_verdict()
{
    if (environment_variable(protocol_variable) != process_protocol_name)
        return other_protocol_status;
    if (environment_variable(only_asked_variable))
        return 0;
    ::unsetenv(protocol_variable);
    return std::nullopt;
}

Result<void> check_helper_versions(const HelperPrograms& programs)
{
    for (auto& helper : helpers) {
        SpawnRequest request;
        request.program = helper.name;
        request.program_fd = (programs.*helper.program).number();
        request.arguments.emplace_back(helper.name);
        request.environment = helper_environment();
        request.environment->set(only_asked_variable, "1");
        request.input = request.output = null_stream;
        auto child = TRY(spawn(request));
        auto status = TRY(child.wait());
        if (!status.success())
            return incompatible(fmt::format("{}/{} is of another version than sshd", programs.directory, helper.name));
    }
    return {};
}

} // namespace nacre
