#include "tools/add/add.h"

#include <array>
#include <cstdio>

#include "os/environment.h"
#include "os/print.h"
#include "os/signals.h"
#include "os/system_error.h"
#include "tools/add/actions.h"
#include "tools/add/destinations.h"
#include "tools/letters.h"

namespace nacre {

namespace {

using namespace add_tool;

using Action = Result<int> (*)(const Settings& settings, AgentLink& agent);

struct ActionRow {
    bool Settings::* flag;
    Action run;
};

// The first whose flag is set.
constexpr std::array actions{
    ActionRow{&Settings::query, query_extensions},       ActionRow{&Settings::list, list_fingerprints},
    ActionRow{&Settings::list_keys, list_public_keys},   ActionRow{&Settings::lock, lock_agent},
    ActionRow{&Settings::unlock, unlock_agent},          ActionRow{&Settings::test, test_keys},
    ActionRow{&Settings::remove_all, remove_all_keys},   ActionRow{&Settings::remove, remove_keys},
    ActionRow{&Settings::resident, add_resident_keys},
};

Action choose_action(const Settings& settings)
{
    for (auto& row : actions)
        if (settings.*row.flag)
            return row.run;
    if (!settings.provider_to_add.empty())
        return add_provider;
    return settings.provider_to_remove.empty() ? add_keys : remove_provider;
}

int without_agent(std::string_view why)
{
    say(stderr, "{}\nThis starts one for the shell that says it: eval \"$(ssh-agent)\"\n", why);
    return exit_no_agent;
}

int run(Settings& settings)
{
    auto path = environment_variable("SSH_AUTH_SOCK").value_or("");
    if (path.empty())
        return without_agent("Could not open a connection to your authentication agent.");
    auto agent = AgentLink::connect(path);
    if (!agent) {
        auto& error = agent.error();
        return without_agent("Error connecting to agent: " +
                             (error.os_error != 0 ? os_error_text(error.os_error) : error.what));
    }
    auto destinations = read_destinations(settings.destinations, settings.known_hosts);
    if (!destinations) {
        say(stderr, "ssh-add: {}\n", destinations.error().what);
        return exit_wrong_value;
    }
    settings.constraints.destinations = std::move(*destinations);
    auto status = choose_action(settings)(settings, *agent);
    if (status)
        return *status;
    say(stderr, "ssh-add: {}\n", status.error().what);
    bool lost = status.error().kind == ErrorKind::system || status.error().kind == ErrorKind::peer_misbehaved;
    return lost ? exit_no_agent : exit_failed;
}

} // namespace

int run_add(int count, char** arguments)
{
    ignore_broken_pipes();
    if (answers_help(count, arguments, usage()))
        return 0;
    auto settings = parse_arguments(count, arguments);
    if (!settings) {
        say(stderr, "ssh-add: {}\n", settings.error().what);
        return exit_wrong_value;
    }
    if (settings->help) {
        say(stderr, "{}", usage());
        return exit_failed;
    }
    return run(*settings);
}

} // namespace nacre
