#include "os/print.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#include "os/fd.h"
#include "os/signals.h"
#include "support/in_child.h"

namespace nacre {
namespace {

// A child whose output nobody can take.
template <class Body>
int with_full_output(Body body)
{
    return test::in_child([&] {
        if (!std::freopen("/dev/full", "w", stdout) || !std::freopen("/dev/null", "w", stderr))
            return 99;
        return body();
    });
}

TEST(Print, WhatIsNothingIsWrittenFromNowhere)
{
    write_text(stdout, {});                                       // a sanitizer would say it
    EXPECT_TRUE(is_output_whole());
}

TEST(Print, AFullDiskIsToldAtTheEndAndStopsNothing)
{
    EXPECT_EQ(with_full_output([] {
                  for (int i = 0; i < 10000; ++i)
                      say("line {}\n", i);
                  return with_whole_output(0, 7);
              }),
              7);
}

// What a child says on standard error, and how it ends, whose output nobody reads.
template <class Body>
std::pair<int, std::string> with_broken_pipe(Body body)
{
    auto out = make_pipe();
    auto err = make_pipe();
    if (!out || !err)
        return {-1, ""};
    out->reader.close();
    auto status = test::in_child([&] {
        ignore_broken_pipes();
        ::dup2(out->writer.number(), 1);
        ::dup2(err->writer.number(), 2);
        return body();
    });
    err->writer.close();
    auto said = read_all(err->reader.number(), 4096);
    return {status, said ? std::string{as_text(*said)} : "more than that"};
}

TEST(Print, WhereNobodyReadsItEndsAsByTheSignalAndSaysNothing)
{
    for (int lines : {1, 10000}) {
        auto write = [&] {
            for (int i = 0; i < lines; ++i)
                say("line {}\n", i);
        };
        EXPECT_EQ(with_broken_pipe([&] {
                      write();
                      return with_whole_output(0, 7);
                  }),
                  std::pair(1000 + SIGPIPE, std::string{}));
        EXPECT_EQ(with_broken_pipe([&] {
                      write();
                      return with_whole_output(3, 7);
                  }),
                  std::pair(3, std::string{}));
    }
}

TEST(Print, AnErrorOfTheProgramItselfCountsMore)
{
    EXPECT_EQ(with_full_output([] {
                  say("line\n");
                  return with_whole_output(3, 7);
              }),
              3);
}

TEST(Print, OneTextIsThereAsAWholeOrItsProgramHasFailed)
{
    EXPECT_EQ(with_full_output([] { return print_all("line\n", 7); }), 7);
    EXPECT_EQ(test::in_child([] { return std::freopen("/dev/null", "w", stdout) ? print_all("line\n", 7) : 99; }), 0);
}

TEST(Print, WholeOutputIsNoFailure)
{
    EXPECT_EQ(test::in_child([] {
                  if (!std::freopen("/dev/null", "w", stdout))
                      return 99;
                  say(stdout, "{}\n", 1);
                  return with_whole_output(0, 7);
              }),
              0);
}

} // namespace
} // namespace nacre
