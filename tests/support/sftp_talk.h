// A copier's conversation with a server in memory.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sftp/client.h"
#include "sftp/copier.h"
#include "support/scripted_sftp_server.h"

namespace nacre::test {

using namespace sftp;

inline std::string pattern(std::size_t size, unsigned seed = 1)
{
    std::string text(size, '\0');
    for (auto& c : text)
        c = static_cast<char>((seed = seed * 1103515245 + 12345) >> 16);
    return text;
}

// A client and a server that exchange everything they have once per round trip.
struct Talk {
    NoLog log;
    ScriptedSftpServer server;
    Client client{log};
    MapSite here;
    std::string passing_by;                                       // blocks that were read without being seen
    TimePoint now{Seconds{1}};
    int round_trips = 0, most_round_trips = 5000;
    std::optional<Error> broken;

    explicit Talk(std::uint64_t seed = 1) : server(seed) {}

    // False: the conversation is over.
    bool exchange(const std::function<void(const Client::Arrived&)>& take)
    {
        ByteVector request;
        while (client.has_unsent()) {
            Writer{request}.raw(client.to_send());
            client.sent(client.to_send().size());
            auto count = std::min<std::size_t>(client.to_pass_on(), 7001);
            Writer{request}.raw(as_bytes(std::string_view{passing_by}.substr(0, count)));
            passing_by.erase(0, count);
            client.passed_on(count);
        }
        auto reply = server.serve(request);
        now += std::chrono::milliseconds{40};
        ++round_trips;
        std::size_t given = 0;
        while (given < reply.size()) {
            auto space = client.receive_space();
            auto count = std::min(space.size(), reply.size() - given);
            std::copy_n(reply.data() + given, count, space.data());
            client.received(count);
            given += count;
            for (;;) {
                auto arrived = client.next();
                if (!arrived) {
                    broken = arrived.error();
                    return false;
                }
                if (!*arrived)
                    break;
                take(**arrived);
            }
        }
        return true;
    }

    std::vector<CopyNews> run(Copier& copier, bool download)
    {
        std::vector<CopyNews> news;
        while (!broken && (!client.is_ready() || !copier.finished())) {
            copier.advance(now);
            while (auto said = copier.next_news())
                news.push_back(*said);
            if (copier.finished() && client.is_ready())
                break;
            if (client.is_ready() && client.unanswered() == 0) {
                ADD_FAILURE() << "nothing is asked for, and not all is done: whoever waits for an answer waits for ever";
                break;
            }
            EXPECT_LT(round_trips, most_round_trips);
            if (round_trips >= most_round_trips)
                break;
            exchange([&](const Client::Arrived& arrived) {
                if (download)
                    copier.source_answered(arrived.ticket, arrived.answer, now);
                else
                    copier.sink_answered(arrived.ticket, arrived.answer, now);
            });
        }
        while (auto said = copier.next_news())
            news.push_back(*said);
        if (!broken && client.has_unsent())
            exchange([](const Client::Arrived&) { ADD_FAILURE() << "somebody should have waited for this"; });
        return news;
    }
    std::vector<CopyNews> get(const std::string& from, const std::string& to, CopyOptions options = {},
                              const Attributes& known = {})
    {
        Copier copier{client, here, options};
        copier.add(from, to, known);
        return run(copier, true);
    }
    std::vector<CopyNews> put(const std::string& from, const std::string& to, CopyOptions options = {})
    {
        Copier copier{here, client, options};
        copier.add(from, to);
        return run(copier, false);
    }
};

inline std::vector<std::string> failures(const std::vector<CopyNews>& news)
{
    std::vector<std::string> sentences;
    for (auto& said : news)
        if (said.kind == CopyNews::Kind::failed)
            sentences.push_back(said.sentence);
    return sentences;
}

} // namespace nacre::test
