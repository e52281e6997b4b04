#include "config/completion.h"

#include <gtest/gtest.h>

#include "config/client_keywords.h"
#include "config/nearest.h"
#include "config/server_keywords.h"

namespace nacre {
namespace {

TEST(Completion, KnowsEveryKeywordAndOptionInEveryShell)
{
    Completion completion{"ssh",
                          {{"-p", Completes::anything, "port"}, {"-o", Completes::keywords, "option"}, {"--lint"}},
                          names_in(client_keywords()), {"cipher", "kex"}, true};
    for (auto shell : completion_shells) {
        auto script = completion_script(completion, shell);
        ASSERT_TRUE(script);
        for (auto& row : client_keywords().rows)
            EXPECT_TRUE(script->contains(std::string{row.name})) << shell << " " << row.name;
        EXPECT_TRUE(script->contains(shell == "fish" ? "-l lint" : "--lint")) << *script;
        EXPECT_TRUE(script->contains("known_hosts"));
    }
    EXPECT_FALSE(completion_script(completion, "tcsh"));
}

TEST(Completion, OfAProgramWithoutHostsNamesNone)
{
    Completion completion{"sshd", {{"-o", Completes::keywords, "option"}}, names_in(server_keywords()), {}, false};
    for (auto shell : completion_shells)
        EXPECT_FALSE(completion_script(completion, shell)->contains("known_hosts"));
}

} // namespace
} // namespace nacre
