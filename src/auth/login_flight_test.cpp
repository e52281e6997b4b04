#include "auth/login_flight.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace nacre {
namespace {

// Everything is as it should be: a server that we have been to, and the key that worked there.
FlightFacts familiar(std::string_view version = "SSH-2.0-OpenSSH_9.2p1 Debian-2")
{
    return {.haste = {.allowed = true,
                      .host_was_known = true,
                      .session_may_follow = true,
                      .remembered = true,
                      .sends_ext_info = true},
            .peer_version = version,
            .ext_info_heard = true,
            .sig_algs_heard = true,
            .keys_come_first = true,
            .keys = 3,
            .first_key = {.worked_last_time = true, .signs_quietly = true, .has_algorithm = true, .is_rsa = false}};
}

// A host whose key we know and nothing else, and one key to try.
FlightFacts known_host(std::string_view version = "SSH-2.0-OpenSSH_9.2p1 Debian-2")
{
    auto facts = familiar(version);
    facts.haste.remembered = facts.haste.sends_ext_info = false;
    facts.first_key.worked_last_time = false;
    facts.keys = 1;
    return facts;
}

TEST(LoginFlight, SendsTheKeyThatWorkedAndTheSessionTogether)
{
    auto flight = plan_login_flight(familiar());
    EXPECT_EQ(flight.ask, FirstAsk::signature);
    EXPECT_TRUE(flight.early_channels);
    EXPECT_EQ(flight.why_none, "");
    EXPECT_EQ(flight.why_no_channels, "");
}

TEST(LoginFlight, DoesNothingOfItUnlessToldTo)
{
    auto flight = plan_login_flight({});
    EXPECT_EQ(flight.ask, FirstAsk::none);
    EXPECT_FALSE(flight.early_channels);
}

struct Rule {
    std::string what;
    std::function<void(FlightFacts&)> change;
};

TEST(LoginFlight, OpensNoChannelBehindWhatMayNotBeTheLastStep)
{
    const Rule rules[] = {
        {"switched off", [](auto& f) { f.haste.allowed = false; }},
        {"a first login", [](auto& f) { f.haste.host_was_known = false; }},
        {"-R with ExitOnForwardFailure", [](auto& f) { f.haste.session_may_follow = false; }},
        {"zlib@openssh.com", [](auto& f) { f.delayed_compression = true; }},
        {"a password first", [](auto& f) { f.keys_come_first = false; }},
        {"no key", [](auto& f) { f.keys = 0; }},
        {"two factors last time", [](auto& f) { f.haste.key_sufficed = false; }},
        {"channels from 7", [](auto& f) { f.haste.first_channel = 7; }},
        {"RSA without server-sig-algs", [](auto& f) { f.first_key.is_rsa = true, f.sig_algs_heard = false; }},
        {"EXT_INFO is late", [](auto& f) { f.ext_info_heard = f.sig_algs_heard = false; }},
        {"an unknown server", [](auto& f) { f.peer_version = "SSH-2.0-Go"; }},
        {"no server at all", [](auto& f) { f.peer_version = ""; }},
        {"no algorithm", [](auto& f) { f.first_key.has_algorithm = false; }},
    };
    for (auto& rule : rules) {
        auto facts = familiar();
        rule.change(facts);
        EXPECT_FALSE(plan_login_flight(facts).early_channels) << rule.what;
    }
}

TEST(LoginFlight, SpendsNoTouchOnAGuess)
{
    auto facts = familiar();
    facts.first_key.signs_quietly = false;
    EXPECT_EQ(plan_login_flight(facts).ask, FirstAsk::probes);
}

TEST(LoginFlight, ProbesSeveralUnknownKeysInOneFlight)
{
    auto facts = known_host();
    facts.keys = 4;
    EXPECT_EQ(plan_login_flight(facts).ask, FirstAsk::probes);
    facts.peer_version = "SSH-2.0-AsyncSSH_2.10.1";
    EXPECT_EQ(plan_login_flight(facts).ask, FirstAsk::none);
}

TEST(LoginFlight, SignsWithTheOnlyKeyOfAKnownHost)
{
    auto flight = plan_login_flight(known_host());
    EXPECT_EQ(flight.ask, FirstAsk::signature);
    EXPECT_TRUE(flight.early_channels);
    EXPECT_EQ(plan_login_flight(known_host("SSH-2.0-paramiko_2.12.0")).ask, FirstAsk::none);
}

TEST(LoginFlight, OfAServerOfAnyKindOneRequestIsSentForTheKeyThatWorked)
{
    auto flight = plan_login_flight(familiar("SSH-2.0-paramiko_2.12.0"));
    EXPECT_EQ(flight.ask, FirstAsk::signature);
    EXPECT_FALSE(flight.early_channels);
}

TEST(LoginFlight, GoesAheadWithoutExtInfoOnlyWhereNoneCame)
{
    auto facts = familiar();
    facts.ext_info_heard = facts.sig_algs_heard = facts.haste.sends_ext_info = false;
    EXPECT_EQ(plan_login_flight(facts).ask, FirstAsk::signature);
    facts.first_key.is_rsa = true;
    EXPECT_EQ(plan_login_flight(facts).ask, FirstAsk::none);
    facts = known_host();
    facts.ext_info_heard = false;
    EXPECT_EQ(plan_login_flight(facts).ask, FirstAsk::none);
}

TEST(LoginFlight, WhereARefusalEndsTheConnectionOnlyAKeyThatWorkedIsFollowed)
{
    EXPECT_TRUE(plan_login_flight(familiar("SSH-2.0-dropbear_2022.83")).early_channels);
    EXPECT_FALSE(plan_login_flight(known_host("SSH-2.0-dropbear_2022.83")).early_channels);
}

} // namespace
} // namespace nacre
