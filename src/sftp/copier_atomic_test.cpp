// Files that are not there until they are whole.
#include "sftp/copier.h"

#include <gtest/gtest.h>

#include "support/sftp_talk.h"

namespace nacre::sftp {
namespace {

using test::failures;
using test::pattern;
using test::Talk;

// What an earlier copy left of a file, or what is only called so, has a name that the file itself would take meanwhile.
TEST(Copier, AtomicCopiesKeepFilesThatAreCalledLikeParts)
{
    std::vector<std::string> names{"f", ".f.part", "..f.part.part", ".g.part", "g", "folder/.h.part"};
    for (bool download : {false, true})
        for (std::uint32_t requests : {1u, 1000u}) {
            Talk talk;
            auto& from = download ? talk.server.disk : talk.here;
            auto& to = download ? talk.here : talk.server.disk;
            from.add_directory("folder");
            to.add_directory("copy");
            CopyOptions options{.recursive = true, .atomic = true, .block_size = 10'000, .requests = requests};
            Copier copier{download ? static_cast<Site&>(talk.client) : talk.here,
                          download ? static_cast<Site&>(talk.here) : talk.client, options};
            for (unsigned i = 0; i < names.size(); ++i) {
                from.add_file(names[i], pattern(names[i][0] == '.' ? 100 : 100'000, i));
                copier.add(i < 5 ? names[i] : "folder", "copy/" + (i < 5 ? names[i] : "folder"));
            }
            EXPECT_EQ(failures(talk.run(copier, download)), std::vector<std::string>{});
            for (auto& name : names) {
                ASSERT_TRUE(to.files.contains("copy/" + name)) << name;
                EXPECT_TRUE(to.files["copy/" + name].content == from.files[name].content) << name;
            }
            EXPECT_EQ(copier.totals().files_done, names.size());
        }
}

TEST(Copier, StoppingForgetsFilesThatAreCalledLikeParts)
{
    Talk talk;
    talk.here.add_file(".f.part", "x");
    Copier copier{talk.here, talk.client, {.atomic = true}};
    copier.add(".f.part", ".f.part");
    copier.stop();
    EXPECT_TRUE(copier.finished());
}

} // namespace
} // namespace nacre::sftp
