#include "sftp/messages.h"

#include <gtest/gtest.h>

namespace nacre::sftp {
namespace {

TEST(SftpMessages, AttributesTellWhatIsThereAndWhatIsNot)
{
    Attributes attributes;
    attributes.size = 5;
    attributes.times = Times{.access = 1, .modification = 2};
    auto bytes = encode(Setstat{RequestId{7}, "x", attributes});
    EXPECT_EQ(to_hex(bytes), "09" "00000007" "0000000178" "00000009" "0000000000000005" "00000001" "00000002");
    auto back = decode<Setstat>(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->attributes, attributes);
    EXPECT_FALSE(back->attributes.permissions);
    EXPECT_EQ(back->attributes.kind(), FileKind::unknown);
}

TEST(SftpMessages, ExtendedAttributesAreReadPast)
{
    auto bytes = *from_hex("69" "00000001" "80000004" "000041ed" "00000001" "00000001" "61" "00000001" "62");
    auto attrs = decode<Attrs>(bytes);
    ASSERT_TRUE(attrs);
    EXPECT_EQ(attrs->attributes.kind(), FileKind::directory);
    EXPECT_EQ(attrs->attributes.mode(0), 0755u);
}

TEST(SftpMessages, ACountOfExtendedAttributesReservesNothing)
{
    EXPECT_FALSE(decode<Attrs>(*from_hex("69" "00000001" "80000000" "ffffffff" "00000000")));
}

TEST(SftpMessages, AStatusMayLackItsExplanation)
{
    auto status = decode<Status>(*from_hex("65" "00000002" "00000003"));
    ASSERT_TRUE(status);
    EXPECT_EQ(status->code, StatusCode::permission_denied);
}

} // namespace
} // namespace nacre::sftp
