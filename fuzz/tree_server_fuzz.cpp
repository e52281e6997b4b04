// Whatever an SFTP client may send, to a server whose files are a tree in memory.  The input is the client's bytes.
#include <algorithm>

#include "framed_input.h"
#include "sftp/tree_server.h"
#include "support/memory_tree.h"

using namespace nacre;
using namespace nacre::sftp;

const test::Framing test::framing{0, 0, 4};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    NoLog log;
    test::MemoryTree tree;
    tree.files = {{"/a", "first"}, {"/b/c", "second"}};
    tree.directories["/b"] = 0700;
    tree.largest_file = 1 << 16;
    TreeServer server{tree, {}, log};
    for (Bytes rest{data, size}; !rest.empty();) {
        auto space = server.receive_space();
        auto count = std::min<std::size_t>(rest.size(), 1 + rest[0]);
        std::ranges::copy(rest.first(count), space.begin());
        server.received(count);
        rest = rest.subspan(count);
        for (;;) {
            if (!server.work())
                return 0;
            auto unsent = server.to_send().size();
            if (unsent > Server::enough_unsent + most_frame)
                __builtin_trap();
            if (unsent == 0)
                break;
            server.sent(unsent);
        }
    }
    for (auto& [path, content] : tree.files)
        if (path.contains('\0') || clean_path(path) != path || content->size() > tree.largest_file)
            __builtin_trap();
    return 0;
}
