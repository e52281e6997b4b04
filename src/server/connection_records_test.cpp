#include "server/connection_records.h"

#include <gtest/gtest.h>

#include "server/message_socket.h"
#include "server/startup.h"

namespace nacre {
namespace {

TerminalRecorded terminal(std::string name)
{
    return {.terminal = std::move(name), .user = "joe", .host = "192.0.2.1", .uid = 1000, .pid = 4711};
}

TEST(OpenRecords, WhatWasClosedIsNotClosedAgain)
{
    OpenRecords records;
    EXPECT_TRUE(records.empty());
    ASSERT_TRUE(*records.note(encode(PamSessionOpened{"sshd", "joe", "192.0.2.1", ""})));
    ASSERT_TRUE(*records.note(encode(terminal("/dev/pts/1"))));
    ASSERT_TRUE(*records.note(encode(terminal("/dev/pts/2"))));
    ASSERT_TRUE(*records.note(encode(TerminalForgotten{"/dev/pts/1"})));
    auto order = records.to_close();
    ASSERT_EQ(order.terminals.items.size(), 1U);
    EXPECT_EQ(order.terminals.items[0].terminal, "/dev/pts/2");
    ASSERT_EQ(order.pam_sessions.items.size(), 1U);
    EXPECT_EQ(order.pam_sessions.items[0].user, "joe");
    ASSERT_TRUE(*records.note(encode(TerminalForgotten{"/dev/pts/2"})));
    ASSERT_TRUE(*records.note(encode(PamSessionClosed{})));
    EXPECT_TRUE(records.empty());
}

TEST(OpenRecords, OtherMessagesAreNotItsBusiness)
{
    OpenRecords records;
    EXPECT_FALSE(*records.note(encode(LoginDone{})));
    EXPECT_TRUE(records.empty());
}

TEST(OpenRecords, AllOfThemFitIntoOneMessage)
{
    OpenRecords records;
    for (std::size_t i = 0; i < OpenRecords::most_terminals + 10; ++i) {
        auto record = terminal("/dev/pts/" + std::to_string(i));
        record.host = std::string(OpenRecords::longest_message - 100, 'x');
        ASSERT_TRUE(records.note(encode(record)));
    }
    EXPECT_EQ(records.to_close().terminals.items.size(), OpenRecords::most_terminals);
    EXPECT_LE(encode(records.to_close()).size(), MessageSocket::longest);
    auto record = terminal("/dev/pts/1");
    record.host = std::string(OpenRecords::longest_message, 'x');
    EXPECT_FALSE(records.note(encode(record)));
}

} // namespace
} // namespace nacre
