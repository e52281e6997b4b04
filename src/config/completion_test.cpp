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
    // zsh reads a file of fpath at the first completion, and expects it to complete there and then.
    auto zsh = completion_script(completion, "zsh").value();
    EXPECT_TRUE(zsh.ends_with("if [[ $funcstack[1] == _nacre_ssh ]]; then\n    _nacre_ssh \"$@\"\n"
                              "else\n    compdef _nacre_ssh ssh\nfi\n"))
        << zsh;
}

TEST(Completion, OfAProgramWithoutHostsNamesNone)
{
    Completion completion{"sshd", {{"-o", Completes::keywords, "option"}}, names_in(server_keywords()), {}, false};
    for (auto shell : completion_shells)
        EXPECT_FALSE(completion_script(completion, shell)->contains("known_hosts"));
}

} // namespace
} // namespace nacre
