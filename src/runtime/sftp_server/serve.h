// A whole SFTP server on two descriptors: sftp-server, and internal-sftp inside sshd-user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "os/environment.h"

namespace nacre::sftp {

// Whose files they are.  Not looked up here: inside a chroot there may be no /etc/passwd.
struct Person {
    std::string name{};
    std::string home{};
    std::string from = "UNKNOWN";                                 // the client's address
    bool names_link_first = false;                                // in SSH_FXP_SYMLINK, as few clients do
};
// With what sshd says of the connection in the environment.
Person person_from(const Environment& environment, std::string name, std::string home);

// In the environment of who names_link_first.
inline constexpr std::string_view link_first_variable = "NACRE_SFTP_LINK_FIRST";

// Standard input and output are the conversation.  Returns the exit code.
int run_sftp_server(const std::string& program, const std::vector<std::string>& arguments, const Person& person);

} // namespace nacre::sftp
