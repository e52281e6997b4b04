// A whole SFTP server on two descriptors: sftp-server, and internal-sftp inside sshd-user.
#pragma once

#include <string>
#include <vector>

namespace nacre::sftp {

// Whose files they are.  Not looked up here: inside a chroot there may be no /etc/passwd.
struct Person {
    std::string name{};
    std::string home{};
    std::string from = "UNKNOWN";                                 // the client's address
};

// Standard input and output are the conversation.  Returns the exit code.
int run_sftp_server(const std::string& program, const std::vector<std::string>& arguments, const Person& person);

} // namespace nacre::sftp
