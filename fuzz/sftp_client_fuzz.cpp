// What a hostile SFTP server can send to a client that fetches a tree: the input is its stream of frames, after a
// version of our own making.
#include "framed_input.h"
#include "sftp/client.h"
#include "sftp/copier.h"
#include "support/map_site.h"

using namespace nacre;
using namespace nacre::sftp;

namespace {

struct Fetch {
    NoLog log;
    Client client{log};
    test::MapSite here;
    Copier copier;
    TimePoint now{Seconds{1}};

    explicit Fetch(Resume resume)
        : copier(client, here, {.recursive = true, .preserve = true, .follow_links = true, .resume = resume})
    {
    }

    // False: the conversation has ended.
    bool feed(Bytes bytes)
    {
        auto space = client.receive_space();
        std::copy(bytes.begin(), bytes.end(), space.begin());
        client.received(bytes.size());
        for (;;) {
            auto arrived = client.next();
            if (!arrived)
                return false;
            if (!*arrived)
                break;
            copier.source_answered((*arrived)->ticket, (*arrived)->answer, now);
        }
        now += std::chrono::milliseconds{1};
        copier.advance(now);
        if (client.is_ready() && client.unanswered() == 0 && !copier.finished())
            __builtin_trap();                                     // it waits, and for nothing
        client.sent(client.to_send().size());
        while (copier.next_news())
            continue;
        return !copier.finished();
    }
};

} // namespace

const test::Framing test::framing{1, 0, 4};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    bool resumes = size > 0 && (data[0] & 2) != 0;
    Fetch fetch{resumes ? Resume::verified : Resume::no};
    if (resumes) {
        fetch.here.add_directory("tree");
        fetch.here.add_file("tree/f", std::string(100, 'f'));
    }
    fetch.here.room = 1u << 20;
    fetch.copier.add("tree", "tree");
    if (size > 0 && (data[0] & 1) != 0) {                         // else the version is the fuzzer's as well
        ByteVector version;
        Writer{version}.string(Bytes{encode(Version{3, {}})});
        fetch.feed(version);
    }
    // In pieces, as a pipe gives them.
    for (Bytes rest{data + std::min<std::size_t>(size, 1), size - std::min<std::size_t>(size, 1)}; !rest.empty();) {
        auto piece = rest.first(std::min<std::size_t>(rest.size(), 4096));
        rest = rest.subspan(piece.size());
        if (!fetch.feed(piece))
            break;
    }
    for (auto& [name, file] : fetch.here.files)
        if (!name.empty() && name != "tree" && !name.starts_with("tree/"))
            __builtin_trap();
    for (auto& [name, file] : fetch.here.files)
        if (("/" + name + "/").contains("/../"))
            __builtin_trap();
    return 0;
}
