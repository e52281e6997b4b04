// The subsystem "sftp" of an SshServer, with files of one's own making.
//
//     .start = [&](ServedProgram& program) { return serve_files(program, tree); }
#pragma once

#include <memory>

#include "runtime/ssh_server.h"
#include "sftp/file_tree.h"
#include "sftp/server.h"

namespace nacre {

// Takes over the program where it is the subsystem "sftp"; false: it is something else, and untouched.  The tree must
// live as long as the program.  A client that does not take its answers waits: what is held for it are 1,280 KiB of
// them at most, a window of its requests, and what its open files hold (sftp/tree_server.h).
bool serve_files(ServedProgram& program, sftp::FileTree& tree, sftp::ServerRules rules = {});
// The same with a tree for this program alone, which goes with it.
bool serve_files(ServedProgram& program, std::unique_ptr<sftp::FileTree> tree, sftp::ServerRules rules = {});

} // namespace nacre
