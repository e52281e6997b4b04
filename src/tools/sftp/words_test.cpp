#include "tools/sftp/words.h"

#include <gtest/gtest.h>

#include "tools/copy/remote_glob.h"

namespace nacre::sftp_tool {
namespace {

using List = std::vector<std::string>;

List words_of(std::string_view line)
{
    auto words = split_words(line);
    return words ? words->words : List{"error: " + words.error().what};
}

TEST(SftpWords, BlanksSeparateAndCommentsEnd)
{
    EXPECT_EQ(words_of("  get  a\tb \r\n"), (List{"get", "a", "b"}));
    EXPECT_EQ(words_of("ls # all"), (List{"ls"}));
    EXPECT_EQ(words_of("# all"), (List{}));
    EXPECT_EQ(words_of("a'#'b '' \"\""), (List{"a#b", "", ""}));
}

TEST(SftpWords, QuotesKeepTogetherAndTakeTheMeaningOfWildcards)
{
    EXPECT_EQ(words_of(R"(get "a b" 'c "d"')"), (List{"get", "a b", "c \"d\""}));
    EXPECT_EQ(words_of(R"(ls "a*"*)"), (List{"ls", R"(a\**)"}));
    EXPECT_EQ(words_of(R"(ls 'a[b]?')"), (List{"ls", R"(a\[b]\?)"}));
}

TEST(SftpWords, BackslashesOutsideAndInsideQuotes)
{
    EXPECT_EQ(words_of(R"(a\ b \"c\" d\*e)"), (List{"a b", "\"c\"", R"(d\*e)"}));
    EXPECT_EQ(words_of(R"("a\"b" 'c\'d' "e\nf")"), (List{"a\"b", "c'd", R"(e\nf)"}));
    EXPECT_EQ(words_of(R"(a\\b)"), (List{R"(a\\b)"}));
    EXPECT_EQ(without_glob_escapes(words_of(R"('sl\\ash')")[0]), R"(sl\ash)");
    EXPECT_EQ(without_glob_escapes(words_of(R"(sl\\ash)")[0]), R"(sl\ash)");
    EXPECT_EQ(without_glob_escapes(words_of(R"("a\*b")")[0]), R"(a\*b)");
    EXPECT_EQ(without_glob_escapes(words_of(R"("a\b")")[0]), R"(a\b)");
    EXPECT_EQ(without_glob_escapes(words_of(R"("a*b"\*)")[0]), "a*b*");
    EXPECT_EQ(without_glob_escapes(words_of(R"(end\)")[0]), R"(end\)");
}

TEST(SftpWords, AQuoteMustEndUnlessTheWordIsStillBeingTyped)
{
    EXPECT_FALSE(split_words("get \"a b"));
    auto typing = split_words("get \"a b", OpenEnd::allowed).value();
    EXPECT_EQ(typing.words, (List{"get", "a b"}));
    EXPECT_EQ(typing.open_quote, '"');
    EXPECT_TRUE(typing.ends_inside);
    EXPECT_FALSE(split_words("get a ", OpenEnd::allowed).value().ends_inside);
}

TEST(Wildcards, CountUnlessEscaped)
{
    EXPECT_TRUE(has_wildcards("a*"));
    EXPECT_FALSE(has_wildcards(R"(a\*\[\?)"));
    EXPECT_EQ(escaped_for_glob("a*[b]\\"), R"(a\*\[b]\\)");
    EXPECT_EQ(without_escapes(escaped_for_glob("a*[b]\\")), "a*[b]\\");
    EXPECT_EQ(without_glob_escapes(escaped_for_glob("a*[b]\\c")), "a*[b]\\c");
}

} // namespace
} // namespace nacre::sftp_tool
