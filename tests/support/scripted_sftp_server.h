// A server of SFTP over a MapSite, whose every habit can be chosen: short reads, shuffled answers, old versions, no
// extensions, few handles, names that lie.
#pragma once

#include <functional>
#include <vector>

#include "sftp/messages.h"
#include "support/map_site.h"
#include "support/seeded_random.h"

namespace nacre::test {

class ScriptedSftpServer {
public:
    MapSite disk;
    std::uint32_t most_read = 1u << 20;                           // a READ yields no more
    std::uint32_t version = 3;
    bool has_limits = true;
    std::uint64_t handles = 100;                                  // that it says it has
    std::size_t real_handles = SIZE_MAX;                          // no more are open at once, of files and directories
    std::vector<std::string> posix_renames{"1"};                  // versions that it announces of it
    bool listings_say_kinds = true;                               // what is a file, what a folder
    bool shuffles = false;                                        // answers of one batch in any order
    std::function<void(std::string& name)> rename_entry;          // what a listing says instead of the truth
    std::function<bool(Bytes request, ByteVector& reply)> instead;   // true: this is the answer
    std::vector<std::uint8_t> seen;                               // message numbers

    explicit ScriptedSftpServer(std::uint64_t seed = 1) : random_(seed) {}

    // Takes frames, gives frames.
    ByteVector serve(Bytes frames)
    {
        std::vector<ByteVector> replies;
        Reader in{frames};
        while (in.left() > 0)
            replies.push_back(answer(in.string()));
        if (shuffles && seen.front() != sftp::Init::number.value)
            for (std::size_t i = replies.size(); i > 1; --i)
                std::swap(replies[i - 1], replies[random_.below(i)]);
        seen.push_back(0);
        ByteVector out;
        for (auto& reply : replies)
            Writer{out}.string(Bytes{reply});
        return out;
    }

private:
    ByteVector answer(Bytes request)
    {
        using namespace sftp;
        seen.push_back(request[0]);
        ByteVector reply;
        if (instead && instead(request, reply))
            return reply;
        Reader in{request.subspan(1)};
        if (request[0] == Init::number.value)
            return greeting();
        RequestId id{in.u32()};
        Ticket ticket;
        std::string name{in.text()};
        switch (request[0]) {
        case Stat::number.value:
        case Lstat::number.value:
            return attributes(id, *disk.look(ticket, name, request[0] == Stat::number.value ? Links::followed : Links::shown));
        case Realpath::number.value: return names(id, *disk.real_path(ticket, name));
        case Open::number.value: {
            if (disk.opened >= real_handles)
                return status(id, {.outcome = Outcome::failed});
            auto open = decode<Open>(request).value();
            SinkFile how{.mode = open.attributes.mode(0666), .truncate = (open.flags & OpenFlags::truncate) != 0};
            return handle(id, (open.flags & OpenFlags::write) ? *disk.open_to_write(ticket, name, how)
                                                              : *disk.open_to_read(ticket, name));
        }
        case Opendir::number.value:
            if (disk.opened >= real_handles)
                return status(id, {.outcome = Outcome::failed});
            return handle(id, *disk.open_directory(ticket, name));
        case Read::number.value: {
            auto read = decode<Read>(request).value();
            ticket.offset = read.offset;
            ticket.length = std::min(read.length, most_read);
            auto got = *disk.read(ticket, name);
            return got.done() ? encode(Data{id, got.data}) : status(id, got);
        }
        case Write::number.value: {
            auto write = decode<Write>(request).value();
            ticket.offset = write.offset;
            return status(id, *disk.write(ticket, name, write.data));
        }
        case Close::number.value: return status(id, *disk.close(ticket, name));
        case Fsetstat::number.value: return status(id, *disk.set(ticket, name, decode<Fsetstat>(request).value().attributes));
        case Setstat::number.value: return status(id, *disk.set_path(ticket, name, decode<Setstat>(request).value().attributes));
        case Mkdir::number.value:
            return status(id, *disk.make_directory(ticket, name, decode<Mkdir>(request).value().attributes.mode(0777)));
        case Rename::number.value: {
            std::string from = name, to{in.text()};
            return status(id, *disk.replace(ticket, from, to));
        }
        case Readdir::number.value: return names(id, *disk.read_directory(ticket, name));
        case Extended::number.value: return extended(id, name, in);
        default: return status(id, {.outcome = Outcome::unsupported});
        }
    }

    ByteVector greeting() const
    {
        ByteVector extensions;
        if (has_limits)
            Writer{extensions}.string(sftp::extension::limits).string("1");
        for (auto& known : posix_renames)
            Writer{extensions}.string(sftp::extension::posix_rename).string(known);
        return encode(sftp::Version{version, Rest{extensions}});
    }

    ByteVector extended(sftp::RequestId id, const std::string& name, Reader& in)
    {
        using namespace sftp;
        if (name == extension::limits) {
            auto limits = encode(extension::Limits{most_frame, most_data, most_data, handles});
            return encode(ExtendedReply{id, Rest{limits}});
        }
        if (name == extension::posix_rename) {
            std::string from{in.text()}, to{in.text()};
            return status(id, *disk.replace({}, from, to));
        }
        return status(id, {.outcome = Outcome::unsupported});
    }

    static ByteVector status(sftp::RequestId id, const sftp::Answer& answer)
    {
        using enum sftp::Outcome;
        auto code = answer.done()                       ? sftp::StatusCode::ok
                    : answer.outcome == end             ? sftp::StatusCode::eof
                    : answer.outcome == no_such_file    ? sftp::StatusCode::no_such_file
                    : answer.outcome == not_permitted   ? sftp::StatusCode::permission_denied
                    : answer.outcome == unsupported     ? sftp::StatusCode::op_unsupported
                                                        : sftp::StatusCode::failure;
        ByteVector words;
        Writer{words}.string(answer.reason).string("");
        return encode(sftp::Status{id, code, Rest{words}});
    }
    static ByteVector handle(sftp::RequestId id, const sftp::Answer& answer)
    {
        return answer.done() ? encode(sftp::Handle{id, answer.handle}) : status(id, answer);
    }
    static ByteVector attributes(sftp::RequestId id, const sftp::Answer& answer)
    {
        return answer.done() ? encode(sftp::Attrs{id, answer.attributes}) : status(id, answer);
    }
    ByteVector names(sftp::RequestId id, sftp::Answer answer)
    {
        if (!answer.done())
            return status(id, answer);
        sftp::Names names{id, {}};
        for (auto& entry : answer.entries) {
            if (rename_entry)
                rename_entry(entry.name);
            if (!listings_say_kinds)
                entry.attributes.permissions.reset();
            names.entries.items.push_back({entry.name, entry.long_name, entry.attributes});
        }
        return encode(names);
    }

    SeededRandom random_;
};

} // namespace nacre::test
