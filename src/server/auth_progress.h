// Which methods can continue, and when it is enough (AuthenticationMethods in sshd_config(5); RFC 4252 §5.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/auth_questions.h"
#include "config/server_options.h"

namespace nacre {

class AuthProgress {
public:
    explicit AuthProgress(const ServerOptions& options);

    std::string can_continue() const;                             // name-list, each method once
    bool may_try(std::string_view method) const;
    // A method was passed: success once one of the lists is done, else partial.
    AuthOutcome passed(std::string_view method);
    void withdraw(std::string_view method);                       // from now on: not offered, not accepted

private:
    std::vector<std::vector<std::string>> lists_;                 // what is still to do, list by list
};

} // namespace nacre
