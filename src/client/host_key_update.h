// UpdateHostKeys: a server that we trust by one key tells all its keys; those it can prove to have are written down, and
// those it has no more are removed (OpenSSH's PROTOCOL §2.5).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "client/configuration.h"
#include "client/global_questions.h"
#include "client/person.h"
#include "keys/known_hosts_update.h"

namespace nacre {

class HostKeyUpdate {
public:
    // Runs an action with the terminal as a person expects it, not raw.
    using Aside = std::function<void(const std::function<void()>& action)>;

    // `names`: of the host as files have it, the usual one first.
    HostKeyUpdate(const Configuration& configuration, std::vector<std::string> names, Bytes session_id,
                  GlobalQuestions& questions, const Person& person, Aside aside, Log& log)
        : configuration_(configuration), options_(configuration.options()), names_(std::move(names)),
          session_id_(to_vector(session_id)), questions_(questions), person_(person), aside_(std::move(aside)), log_(log)
    {
    }

    // hostkeys-00@openssh.com; only the first one of a connection counts.  Bad ones change nothing.
    void announced(Bytes details);

    static constexpr std::size_t most_keys = 64;

private:
    struct File {
        std::string path;
        std::string text;
    };
    Result<std::vector<PublicKey>> acceptable_keys(Bytes details) const;
    Result<std::vector<File>> files() const;
    bool is_acceptable(const PublicKey& key) const;
    void proved(HostKeyChanges changes, const GlobalAnswered& answer);
    Result<void> check_proofs(const std::vector<PublicKey>& keys, Bytes signatures) const;
    void apply(const HostKeyChanges& changes);
    Result<void> write(const HostKeyChanges& changes) const;
    bool person_agrees(const HostKeyChanges& changes) const;

    const Configuration& configuration_;
    const ClientOptions& options_;
    std::vector<std::string> names_;
    ByteVector session_id_;
    GlobalQuestions& questions_;
    const Person& person_;
    Aside aside_;
    Log& log_;
    bool seen_ = false;
};

} // namespace nacre
