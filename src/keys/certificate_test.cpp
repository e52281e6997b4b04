#include "keys/certificate.h"

#include "keys/key_file.h"
#include "keys/private_key.h"
#include "support/key_files.h"
#include "support/seeded_random.h"

namespace nacre {

namespace {

using test::key_names;
using test::public_key_named;
using test::read_key_file;

constexpr std::uint64_t in_2025 = 1735689600;
constexpr std::string_view all_algorithms =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
const std::vector<std::string> alice{"alice"};
const std::vector<std::string> some_host{"host.example"};

PublicKey certificate_key(const std::string& file) { return PublicKey::from_line(read_key_file(file)).value(); }

Certificate certificate_in(const std::string& file) { return parse_certificate(certificate_key(file)).value(); }

CertificateUse login_of_alice()
{
    return {CertificateRole::user, alice, in_2025, all_algorithms, "192.0.2.7", 0};
}

CertificateUse connection_to_host()
{
    return {CertificateRole::host, some_host, in_2025, all_algorithms, "", 0};
}

PrivateKey authority()
{
    auto text = read_key_file("ca");
    return std::move(parse_private_key(as_bytes(text), "")->key);
}

CertificateTerms terms_for_alice()
{
    CertificateTerms terms;
    terms.key_id = "test";
    terms.principals = {"alice"};
    return terms;
}

Result<PublicKey> issue(CertificateTerms terms)
{
    test::SeededRandom random{1};
    auto ca = authority();
    return issue_certificate(public_key_named("ed25519"), std::move(terms), ca.public_key(), "ssh-ed25519", random,
                             [&](std::string_view algorithm, Bytes data) { return ca.sign(algorithm, data); });
}

std::string refusal(const CertificateTerms& terms, const CertificateUse& use)
{
    auto left = evaluate(parse_certificate(issue(terms).value()).value(), use);
    return left ? "" : left.error().what;
}

} // namespace

TEST(Certificate, WithoutPrincipalsItIsNobodysUnlessASiteSaysOtherwise)
{
    auto terms = terms_for_alice();
    terms.principals.clear();
    auto use = login_of_alice();
    EXPECT_EQ(refusal(terms, use), "Certificate lacks principal list");
    use.without_principals = WithoutPrincipals::anybodys;
    EXPECT_EQ(refusal(terms, use), "");
    terms.valid_before = 1;
    EXPECT_NE(refusal(terms, use), "");
}

TEST(Certificate, ReadsWhatOpenSshIssues)
{
    for (auto& name : key_names) {
        SCOPED_TRACE(name);
        auto certificate = certificate_in(name + ".user");
        EXPECT_EQ(certificate.key, public_key_named(name));
        EXPECT_EQ(certificate.authority, public_key_named("ca"));
        EXPECT_EQ(certificate.terms.serial, 42u);
        EXPECT_EQ(certificate.terms.key_id, "user " + name);
        EXPECT_EQ(certificate.terms.principals, (std::vector<std::string>{"alice", "bob"}));
        EXPECT_EQ(certificate.terms.valid_after, 1577836800u);
        EXPECT_EQ(certificate.terms.valid_before, 1893456000u);
        auto left = evaluate(certificate, login_of_alice());
        ASSERT_TRUE(left) << left.error().what;
        EXPECT_EQ(left->command, "date");
        EXPECT_FALSE(left->permit_pty);
        EXPECT_TRUE(left->permit_port_forwarding);
        auto host = certificate_in(name + ".host");
        EXPECT_EQ(host.signature_algorithm, "rsa-sha2-512");
        EXPECT_TRUE(evaluate(host, connection_to_host()));
    }
}

TEST(Certificate, KeysOfCertificatesVerifyUnderTheirOwnAlgorithmsOnly)
{
    auto text = read_key_file("rsa");
    auto key = std::move(parse_private_key(as_bytes(text), "")->key);
    auto certificate = certificate_key("rsa.user");
    auto signature = key.sign("rsa-sha2-512-cert-v01@openssh.com", as_bytes("text")).value();
    EXPECT_TRUE(certificate.verify("rsa-sha2-512-cert-v01@openssh.com", as_bytes("text"), signature, no_token_demands));
    EXPECT_FALSE(certificate.verify("rsa-sha2-256-cert-v01@openssh.com", as_bytes("text"), signature, no_token_demands));
    EXPECT_FALSE(certificate.verify("rsa-sha2-512", as_bytes("text"), signature, no_token_demands));
    EXPECT_TRUE(key.public_key().verify("rsa-sha2-512", as_bytes("text"), signature, no_token_demands));
    EXPECT_EQ(certificate.plain(), key.public_key());
    EXPECT_FALSE(certificate == key.public_key());
}

// OpenSSH 7.2 to 7.7 have one name for all signatures of RSA certificates.
TEST(Certificate, TheOldestNameOfRsaMayStandForAStrongerSignature)
{
    auto text = read_key_file("rsa");
    auto key = std::move(parse_private_key(as_bytes(text), "")->key);
    auto certificate = certificate_key("rsa.user");
    constexpr std::string_view oldest = "ssh-rsa-cert-v01@openssh.com", newest = "rsa-sha2-512-cert-v01@openssh.com";
    for (std::string_view signed_by : {"ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"}) {
        auto signature = key.sign(signed_by, as_bytes("text")).value();
        auto algorithm = certificate.algorithm_of(oldest, signature);
        EXPECT_TRUE(certificate.verify(algorithm, as_bytes("text"), signature, no_token_demands)) << signed_by;
        EXPECT_FALSE(certificate.verify(algorithm, as_bytes("test"), signature, no_token_demands)) << signed_by;
        EXPECT_EQ(certificate.algorithm_of(newest, signature), newest);
        EXPECT_EQ(key.public_key().algorithm_of("ssh-rsa", signature), "ssh-rsa");
    }
    EXPECT_EQ(certificate.algorithm_of(oldest, {}), oldest);
    auto other = PrivateKey::generate(KeyKind::ed25519, 0)->sign("ssh-ed25519", as_bytes("text")).value();
    EXPECT_EQ(certificate.algorithm_of(oldest, other), oldest);
}

TEST(Certificate, RefusesWhoeverIsNotNamed)
{
    auto certificate = certificate_in("ed25519.user");
    for (std::string name : {"carol", "alice,bob", "alic", "", "*"}) {
        auto use = login_of_alice();
        std::vector<std::string> names{name};
        use.names = names;
        EXPECT_FALSE(evaluate(certificate, use)) << name;
    }
    EXPECT_FALSE(evaluate(certificate_in("ed25519.anybody.user"), login_of_alice()));
}

TEST(Certificate, PatternsCountForHostsOnly)
{
    auto use = connection_to_host();
    std::vector<std::string> wild{"a.wild.example"};
    use.names = wild;
    EXPECT_TRUE(evaluate(certificate_in("ed25519.host"), use));
    auto terms = terms_for_alice();
    terms.principals = {"*"};
    EXPECT_NE(refusal(terms, login_of_alice()), "");
}

TEST(Certificate, RefusesWrongTimesRolesAddressesAndAlgorithms)
{
    auto certificate = certificate_in("ed25519.user");
    auto use = login_of_alice();
    use.now = certificate.terms.valid_before;
    EXPECT_FALSE(evaluate(certificate, use));
    use.now = certificate.terms.valid_after - 1;
    EXPECT_FALSE(evaluate(certificate, use));
    use = login_of_alice();
    use.role = CertificateRole::host;
    EXPECT_FALSE(evaluate(certificate, use));
    use = login_of_alice();
    use.address = "198.51.100.1";
    EXPECT_FALSE(evaluate(certificate, use));
    use.address = "UNKNOWN";
    EXPECT_FALSE(evaluate(certificate, use));
    use = login_of_alice();
    use.authority_algorithms = "rsa-sha2-512";
    EXPECT_FALSE(evaluate(certificate, use));
    auto host = connection_to_host();
    host.minimum_rsa_bits = 3072;
    EXPECT_FALSE(evaluate(certificate_in("ed25519.host"), host));
}

TEST(Certificate, RefusesCriticalOptionsThatItDoesNotKnow)
{
    EXPECT_FALSE(evaluate(certificate_in("ed25519.strange.user"), login_of_alice()));
    auto terms = terms_for_alice();
    terms.critical_options = {certificate_flag("force-command")};   // contains nothing
    EXPECT_NE(refusal(terms, login_of_alice()), "");
    terms.critical_options = {certificate_value("source-address", "192.0.2.0/24,nonsense")};
    EXPECT_NE(refusal(terms, login_of_alice()), "");
    terms = terms_for_alice();
    terms.role = CertificateRole::host;
    terms.principals = {"host.example"};
    EXPECT_EQ(refusal(terms, connection_to_host()), "");
    terms.critical_options = {certificate_value("force-command", "date")};
    EXPECT_NE(refusal(terms, connection_to_host()), "");
}

TEST(Certificate, WhatIsNotNamedIsForbidden)
{
    auto terms = terms_for_alice();
    terms.extensions = {certificate_flag("permit-pty"), certificate_flag("unheard-of")};
    auto left = evaluate(parse_certificate(issue(terms).value()).value(), login_of_alice());
    ASSERT_TRUE(left);
    EXPECT_TRUE(left->permit_pty);
    EXPECT_FALSE(left->permit_agent_forwarding || left->permit_port_forwarding || left->permit_user_rc ||
                 left->permit_x11_forwarding);
    EXPECT_TRUE(left->require_touch);
}

TEST(Certificate, RefusesToReadHostileForms)
{
    auto terms = terms_for_alice();
    terms.principals = {std::string{"alice\0x", 7}};
    EXPECT_FALSE(issue(terms));
    terms = terms_for_alice();
    terms.principals = {""};
    EXPECT_FALSE(issue(terms));
    terms = terms_for_alice();
    terms.key_id = std::string{"a\0b", 3};
    EXPECT_FALSE(issue(terms));
    terms = terms_for_alice();
    terms.extensions = {certificate_flag("permit-pty"), certificate_flag("permit-pty")};
    EXPECT_FALSE(issue(terms));
    terms = terms_for_alice();
    terms.role = CertificateRole{3};
    EXPECT_FALSE(issue(terms));
    terms = terms_for_alice();
    terms.principals.assign(most_certificate_principals + 1, "x");
    EXPECT_FALSE(issue(terms));
}

TEST(Certificate, AChangedByteAnywhereIsNoticed)
{
    auto blob = to_vector(certificate_key("ed25519.user").blob());
    for (std::size_t i = 0; i < blob.size(); i += 3) {
        auto changed = blob;
        changed[i] ^= 1;
        auto key = PublicKey::from_blob(changed);
        EXPECT_FALSE(key && parse_certificate(*key)) << i;
    }
    for (std::size_t size = 0; size < blob.size(); size += 7)
        EXPECT_FALSE(PublicKey::from_blob(Bytes{blob}.first(size))) << size;
}

} // namespace nacre
