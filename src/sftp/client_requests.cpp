// Client: the requests.  Each is a frame behind the others that wait to be sent.
#include "base/contract.h"
#include "sftp/client.h"
#include "sftp/frames.h"

namespace nacre::sftp {

namespace {

constexpr std::uint32_t first_version_with_links = 3;             // SSH_FXP_READLINK and SYMLINK

Site::Reply not_supported()
{
    return Answer{.outcome = Outcome::unsupported, .reason = "the server does not support it"};
}

Attributes with_permissions(std::uint32_t mode)
{
    Attributes attributes;
    attributes.permissions = mode;
    return attributes;
}

ByteVector packed(const std::vector<std::uint32_t>& ids)
{
    ByteVector bytes;
    Writer out{bytes};
    for (auto id : ids)
        out.u32(id);
    return bytes;
}

} // namespace

RequestId Client::new_request(const Ticket& ticket, Expected expected)
{
    do
        ++last_id_;
    while (pending_.contains(last_id_));
    pending_.emplace(last_id_, Pending{ticket, expected});
    return RequestId{last_id_};
}

template <class Request>
Site::Reply Client::send(const Ticket& ticket, Expected expected, Request request)
{
    request.id = new_request(ticket, expected);
    auto begin = out_.size();
    Writer{out_}.u32(0);
    encode(Writer{out_}, request);
    auto length = static_cast<std::uint32_t>(out_.size() - begin - 4);
    Writer::store_u32(out_.data().subspan(begin).data(), length);
    return std::nullopt;
}

template Site::Reply Client::send(const Ticket&, Expected, Extended);   // client.cpp asks for the limits

template <class Details>
Site::Reply Client::send_extended(const Ticket& ticket, std::string_view extension, Expected expected,
                                  const Details& details)
{
    if (!supports(extension))
        return not_supported();
    auto bytes = encode(details);
    return send(ticket, expected, Extended{{}, extension, Rest{bytes}});
}

Site::Reply Client::look(const Ticket& ticket, const std::string& path, Links links)
{
    if (links == Links::followed && version_ != 0u)               // which knows one kind only, by LSTAT's number
        return send(ticket, Expected::attributes, Stat{{}, path});
    return send(ticket, Expected::attributes, Lstat{{}, path});
}

Site::Reply Client::look_at(const Ticket& ticket, const std::string& handle)
{
    return send(ticket, Expected::attributes, Fstat{{}, handle});
}

Site::Reply Client::open_to_read(const Ticket& ticket, const std::string& path)
{
    return send(ticket, Expected::handle, Open{{}, path, OpenFlags::read, {}});
}

Site::Reply Client::open_to_write(const Ticket& ticket, const std::string& path, const SinkFile& how)
{
    auto flags = OpenFlags::write | OpenFlags::create | (how.truncate ? OpenFlags::truncate : 0);
    if (how.private_name && how.truncate) {                       // what has the name goes: a new file is no link
        send(Ticket{}, Expected::nothing, Remove{{}, path});
        flags |= OpenFlags::exclusive;
    }
    return send(ticket, Expected::handle, Open{{}, path, flags, with_permissions(how.mode)});
}

Site::Reply Client::read(const Ticket& ticket, const std::string& handle)
{
    return send(ticket, Expected::data, Read{{}, handle, ticket.offset, ticket.length});
}

Site::Reply Client::write(const Ticket& ticket, const std::string& handle, Block block)
{
    auto begin = out_.size();
    auto reply = send(ticket, Expected::status, Write{{}, handle, ticket.offset, block.here});
    if (block.in_kernel > 0) {                                    // the message ends with its data: its length, nothing yet
        auto message = out_.data().subspan(begin);
        auto count = static_cast<std::uint32_t>(block.in_kernel);
        Writer::store_u32(message.data(), static_cast<std::uint32_t>(message.size() - frame_header_size) + count);
        Writer::store_u32(message.last(sizeof count).data(), count);
        gaps_.push_back({out_.size(), block.in_kernel});
        in_gaps_ += block.in_kernel;
    }
    return reply;
}

Site::Reply Client::set(const Ticket& ticket, const std::string& handle, const Attributes& attributes)
{
    return send(ticket, Expected::status, Fsetstat{{}, handle, attributes});
}

Site::Reply Client::set_path(const Ticket& ticket, const std::string& path, const Attributes& attributes)
{
    return send(ticket, Expected::status, Setstat{{}, path, attributes});
}

Site::Reply Client::sync(const Ticket& ticket, const std::string& handle)
{
    if (!supports(extension::fsync))
        return Answer{};                                          // asked for, not demanded
    return send_extended(ticket, extension::fsync, Expected::status, extension::OneHandle{handle});
}

Site::Reply Client::close(const Ticket& ticket, const std::string& handle)
{
    return send(ticket, Expected::status, Close{{}, handle});
}

void Client::release(const std::string& handle) { send(Ticket{}, Expected::nothing, Close{{}, handle}); }

Site::Reply Client::make_directory(const Ticket& ticket, const std::string& path, std::uint32_t mode)
{
    return send(ticket, Expected::status, Mkdir{{}, path, with_permissions(mode)});
}

Site::Reply Client::open_directory(const Ticket& ticket, const std::string& path)
{
    return send(ticket, Expected::handle, Opendir{{}, path});
}

Site::Reply Client::read_directory(const Ticket& ticket, const std::string& handle)
{
    return send(ticket, Expected::names, Readdir{{}, handle});
}

Site::Reply Client::replace(const Ticket& ticket, const std::string& from, const std::string& to)
{
    return rename(ticket, from, to, RenameRule::posix_if_possible);
}

Site::Reply Client::real_path(const Ticket& ticket, const std::string& path)
{
    return send(ticket, Expected::names, Realpath{{}, path});
}

Site::Reply Client::expand_path(const Ticket& ticket, const std::string& path)
{
    return send_extended(ticket, extension::expand_path, Expected::names, extension::OnePath{path});
}

Site::Reply Client::read_link(const Ticket& ticket, const std::string& path)
{
    if (version() < first_version_with_links)
        return not_supported();
    return send(ticket, Expected::names, Readlink{{}, path});
}

Site::Reply Client::remove(const Ticket& ticket, const std::string& path)
{
    return send(ticket, Expected::status, Remove{{}, path});
}

Site::Reply Client::remove_directory(const Ticket& ticket, const std::string& path)
{
    return send(ticket, Expected::status, Rmdir{{}, path});
}

Site::Reply Client::rename(const Ticket& ticket, const std::string& from, const std::string& to, RenameRule rule)
{
    if (rule == RenameRule::posix_if_possible && supports(extension::posix_rename))
        return send_extended(ticket, extension::posix_rename, Expected::status, extension::TwoPaths{from, to});
    return send(ticket, Expected::status, Rename{{}, from, to});
}

Site::Reply Client::symbolic_link(const Ticket& ticket, const std::string& target, const std::string& link_path)
{
    if (version() < first_version_with_links)
        return not_supported();
    return send(ticket, Expected::status, Symlink{{}, target, link_path});
}

Site::Reply Client::hard_link(const Ticket& ticket, const std::string& from, const std::string& to)
{
    return send_extended(ticket, extension::hardlink, Expected::status, extension::TwoPaths{from, to});
}

Site::Reply Client::set_link(const Ticket& ticket, const std::string& path, const Attributes& attributes)
{
    return send_extended(ticket, extension::lsetstat, Expected::status, extension::PathAndAttributes{path, attributes});
}

Site::Reply Client::copy_data(const Ticket& ticket, const std::string& from_handle, const std::string& to_handle,
                              std::uint64_t to)
{
    return send_extended(ticket, extension::copy_data, Expected::status,
                         extension::CopyData{from_handle, 0, 0, to_handle, to});
}

Site::Reply Client::open_new(const Ticket& ticket, const std::string& path)
{
    auto flags = OpenFlags::read | OpenFlags::write | OpenFlags::create | OpenFlags::exclusive;
    return send(ticket, Expected::handle, Open{{}, path, flags, with_permissions(0600)});
}

Site::Reply Client::open_existing(const Ticket& ticket, const std::string& path)
{
    return send(ticket, Expected::handle, Open{{}, path, OpenFlags::write, {}});
}

Site::Reply Client::file_system(const Ticket& ticket, const std::string& path)
{
    return send_extended(ticket, extension::statvfs, Expected::extended, extension::OnePath{path});
}

Site::Reply Client::names_of_ids(const Ticket& ticket, const std::vector<std::uint32_t>& users,
                                 const std::vector<std::uint32_t>& groups)
{
    auto packed_users = packed(users), packed_groups = packed(groups);
    return send_extended(ticket, extension::users_groups_by_id, Expected::extended,
                         extension::UsersGroups{packed_users, packed_groups});
}

} // namespace nacre::sftp
