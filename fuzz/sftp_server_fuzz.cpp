// Whatever an SFTP client may send, to a server whose files are made up.  The input is the client's bytes.
#include <algorithm>

#include "framed_input.h"
#include "sftp/handle_table.h"
#include "sftp/server.h"

using namespace nacre;
using namespace nacre::sftp;

const test::Framing test::framing{0, 0, 4};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    NoLog log;
    Server server{{.denied = "copy-data", .allowed = "*"}, log};
    HandleTable<int> files{4};
    for (Bytes rest{data, size}; !rest.empty();) {
        auto space = server.receive_space();
        auto count = std::min<std::size_t>(rest.size(), 1 + rest[0]);
        std::ranges::copy(rest.first(count), space.begin());
        server.received(count);
        rest = rest.subspan(count);
        for (;;) {
            auto asked = server.next();
            if (!asked)
                return 0;
            if (server.to_send().size() > Server::enough_unsent + most_frame)
                __builtin_trap();
            if (!*asked) {
                bool was_full = !server.has_room();
                server.sent(server.to_send().size());
                if (was_full)
                    continue;
                break;
            }
            auto id = (*asked)->id;
            if (std::holds_alternative<Open>((*asked)->question) && !files.is_full()) {
                server.answer(Handle{id, as_text(files.add(1))});
            } else if (auto* close = std::get_if<Close>(&(*asked)->question)) {
                server.answer_status(id, files.remove(close->handle) ? StatusCode::ok : StatusCode::no_such_file);
            } else if (auto* read = std::get_if<Read>(&(*asked)->question); read && read->length > 0) {
                auto length = std::min(read->length, most_data);
                std::ranges::fill(server.data_space(length), std::uint8_t{0});
                server.answer_data(id, length);
            } else {
                server.answer_status(id, StatusCode::failure);
            }
        }
    }
    return 0;
}
