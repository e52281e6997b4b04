#include "scp/records.h"

#include <gtest/gtest.h>

namespace nacre::scp {
namespace {

TEST(ScpRecords, AreReadAsTheyAreWritten)
{
    EXPECT_EQ(parse_record("C0644 12 a b").value(), Record(FileRecord{0644, 12, "a b"}));
    EXPECT_EQ(parse_record("D0755 0 dir").value(), Record(DirectoryRecord{0755, "dir"}));
    EXPECT_EQ(parse_record("T12 0 34 0").value(), Record(TimesRecord{12, 34}));
    EXPECT_EQ(parse_record("T4294967296 0 253402300800 0").value(), Record(TimesRecord{4294967296, 253402300800}));
    EXPECT_EQ(parse_record("E").value(), Record(EndRecord{}));
    EXPECT_EQ(parse_record("\1scp: no").value(), Record(ErrorRecord{"scp: no", false}));
    EXPECT_EQ(parse_record("\2lost").value(), Record(ErrorRecord{"lost", true}));
    EXPECT_EQ(to_line(FileRecord{0100644, 5, "x\ny"}), "C0644 5 x\\^Jy\n");
    EXPECT_EQ(to_line(DirectoryRecord{0755, "d"}), "D0755 0 d\n");
    EXPECT_EQ(to_line(TimesRecord{12, 34}), "T12 0 34 0\n");
}

TEST(ScpRecords, RefuseNamesThatLeadElsewhere)
{
    for (auto name : {"", ".", "..", "a/b", "/etc/passwd", "../x"})
        EXPECT_FALSE(parse_record(std::string{"C0644 1 "} + name)) << name;
    EXPECT_FALSE(parse_record(std::string{"D0755 0 x\0y", 11}));
}

TEST(ScpRecords, RefuseWhatMakesNoSense)
{
    for (auto line : {"", "X", "C755 2 file", "C0888 2 file", "C0644 -1 x", "C0644 9223372036854775808 x", "C0644 1x y",
                      "C0644 1", "C06441 2 x", "T1 0 2", "T1 0 2 0 3", "T-1 0 2 0", "T18446744073709551616 0 2 0", "Ex",
                      "C0644  x"})
        EXPECT_FALSE(parse_record(line)) << line;
}

TEST(ScpRecords, ANameMustFitTheRequest)
{
    EXPECT_TRUE(fits_request("file", "file"));
    EXPECT_FALSE(fits_request("extrafile", "file"));
    EXPECT_TRUE(fits_request("file.txt", "*.txt"));
    EXPECT_TRUE(fits_request("fil?", "fil\\?"));
    EXPECT_FALSE(fits_request("file", "fil\\?"));
    EXPECT_TRUE(fits_request("b7", "[a-c][!0-5]"));
    EXPECT_FALSE(fits_request("b3", "[a-c][!0-5]"));
    EXPECT_TRUE(fits_request("a1.c", "a{0,1,{2,3}}.{c,h}"));
    EXPECT_TRUE(fits_request("a3.h", "a{0,1,{2,3}}.{c,h}"));
    EXPECT_FALSE(fits_request("a4.h", "a{0,1,{2,3}}.{c,h}"));
    EXPECT_TRUE(fits_request(".bashrc", "*")) << "some shells say so (dotglob)";
    EXPECT_TRUE(fits_request("copy.glob[123]", "copy.glob[123]")) << "nothing matched: the name itself";
}

TEST(ScpRecords, PatternsAreBounded)
{
    std::string bomb;
    for (int i = 0; i < 40; ++i)
        bomb += "{a,b}";
    EXPECT_FALSE(fits_request("x", bomb));
    EXPECT_FALSE(fits_request(std::string(4000, 'a'), std::string(200, '*') + "b"));
}

} // namespace
} // namespace nacre::scp
