// PRIVILEGED: sshd-session, root.  What the monitor signs with host keys: hashes of key exchanges, and proofs of its own making.
#include <set>
#include <thread>

#include "connection/global_requests.h"
#include "keys/key_types.h"
#include "runtime/agent_link.h"
#include "runtime/security_keys.h"
#include "server/privileged/monitor.h"

namespace nacre {
namespace {

// The lengths of SHA-1, SHA-256, SHA-384 and SHA-512: nothing else is signed with a host key.
bool is_exchange_hash(Bytes data)
{
    return data.size() == 20 || data.size() == 32 || data.size() == 48 || data.size() == 64;
}

constexpr std::size_t most_proofs = 64;                           // in one answer
constexpr std::uint32_t most_proofs_of_key = 4;                   // in one connection; a client needs one

// Of an RSA key, clients expect the algorithm of the key exchange if that was RSA too (OpenSSH's PROTOCOL §2.5).
std::string_view proof_algorithm(KeyKind kind, std::string_view of_exchange)
{
    auto* row = find_signature_algorithm(of_exchange);
    bool both_rsa = kind == KeyKind::rsa && row && key_type(row->kind).plain_kind == KeyKind::rsa;
    return both_rsa ? row->label : usual_algorithm(kind);
}

} // namespace

// A host key may be in an agent (HostKeyAgent), or in a FIDO token, which then must work without a person.
Result<ByteVector> Monitor::sign_as_host(const OwnHostKey& key, std::string_view algorithm, Bytes data)
{
    if (!key.private_key) {
        auto* row = find_signature_algorithm(algorithm);
        auto agent = TRY(AgentLink::connect(startup_.host_keys.agent_socket()));
        return agent.sign(key.public_key.blob(), row ? row->label : algorithm, data);
    }
    if (!key.public_key.type().is_of_token())
        return key.private_key->sign(algorithm, data);
    auto options = TRY(startup_.config.resolve({}));              // the keyword is not allowed in Match
    TokenPerson nobody{.ask_pin = [](const std::string&) { return std::nullopt; },
                       .tell = [this](const std::string& line) { log_.debug1("{}", line); }};
    return sign_anywhere(*key.private_key, algorithm, data, options.security_key_provider, "host", nobody);
}

Result<void> Monitor::on_sign_exchange(Bytes payload)
{
    auto question = TRY(decode<SignExchange>(payload));
    if (!is_exchange_hash(question.hash))
        return peer_misbehaved("monitor: what shall be signed is no exchange hash");
    auto* key = startup_.host_keys.find(question.host_key);
    if (!key)
        return peer_misbehaved("monitor: not one of our host keys");
    // sshd-net is the one who waits, for the answer to this; everybody else waits a moment.
    auto& rate = login_.is_done() ? ExchangePace::after_login : ExchangePace::before_login;
    std::this_thread::sleep_for(exchange_pace_.wait_before_next(std::chrono::steady_clock::now(), rate));
    auto signature = TRY(sign_as_host(*key, question.algorithm, question.hash));
    host_key_algorithm_ = question.algorithm;
    if (!std::exchange(have_session_id_, true))
        login_.session_is(question.hash, question.host_key);
    return network_.send(ExchangeSigned{signature});
}

// The bytes are made here, from this side's own session identifier: nothing else can be had signed this way.
Result<void> Monitor::on_prove_host_keys(Bytes payload)
{
    auto question = TRY(decode<ProveHostKeys>(payload));
    HostKeysProven proven{question.ticket, {}};
    std::set<const OwnHostKey*> seen;
    for (auto& blob : question.keys.items) {
        auto* key = startup_.host_keys.find(blob);
        if (!key || !same_bytes(key->public_key.blob(), blob) || proven.signatures.items.size() >= most_proofs
            || !seen.insert(key).second || ++proofs_[key] > most_proofs_of_key)
            return network_.send(HostKeysProven{question.ticket, {}});
        auto algorithm = proof_algorithm(key->public_key.kind(), host_key_algorithm_);
        auto bytes = encode(HostKeyProof{.session_id = login_.session_id(), .key = blob});
        auto signature = TRY(sign_as_host(*key, algorithm, bytes));
        proven.signatures.items.push_back(std::move(signature));
    }
    return network_.send(proven);
}

} // namespace nacre
