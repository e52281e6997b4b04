// This machine's files as a Site: every answer comes at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "os/fd.h"
#include "sftp/site.h"

struct stat;

namespace nacre {

class KernelPath;

// The files of this machine, with the rights of this process.
class LocalSite : public sftp::Site {
public:
    LocalSite();
    ~LocalSite() override;

    // Where whoever gets what is read here drives a kernel path, large blocks of files that are to be copied go that way.
    // It must live as long as anything is read.
    void read_into(KernelPath* path) { kernel_path_ = path; }

    std::string_view label() const override { return "local"; }
    sftp::SiteLimits limits() const override;
    bool has_room() const override { return true; }
    Reply look(const sftp::Ticket& ticket, const std::string& path, sftp::Links links) override;
    Reply real_path(const sftp::Ticket& ticket, const std::string& path) override;
    Reply look_at(const sftp::Ticket& ticket, const std::string& handle) override;
    Reply open_to_read(const sftp::Ticket& ticket, const std::string& path) override;
    Reply open_to_write(const sftp::Ticket& ticket, const std::string& path, const sftp::SinkFile& how) override;
    Reply read(const sftp::Ticket& ticket, const std::string& handle) override;
    Reply write(const sftp::Ticket& ticket, const std::string& handle, sftp::Block block) override;
    Reply set(const sftp::Ticket& ticket, const std::string& handle, const sftp::Attributes& attributes) override;
    Reply set_path(const sftp::Ticket& ticket, const std::string& path, const sftp::Attributes& attributes) override;
    Reply sync(const sftp::Ticket& ticket, const std::string& handle) override;
    Reply close(const sftp::Ticket& ticket, const std::string& handle) override;
    void release(const std::string& handle) override { (void)close({}, handle); }
    bool gives_sticky_bit() const override { return true; }
    Reply make_directory(const sftp::Ticket& ticket, const std::string& path, std::uint32_t mode) override;
    Reply open_directory(const sftp::Ticket& ticket, const std::string& path) override;
    Reply read_directory(const sftp::Ticket& ticket, const std::string& handle) override;
    Reply replace(const sftp::Ticket& ticket, const std::string& from, const std::string& to) override;

private:
    struct OpenDirectory;

    sftp::Answer keep(Fd fd);
    int number(const std::string& handle) const;

    std::uint32_t most_open_;                                     // files at once
    std::vector<Fd> files_;                                       // by descriptor number; a handle is that in decimal
    std::vector<std::unique_ptr<OpenDirectory>> directories_;     // likewise
    KernelPath* kernel_path_ = nullptr;
    ByteVector block_;                                            // what was read last
};

sftp::Attributes local_attributes(const struct ::stat& facts);    // what stat() tells, as SFTP says it
bool is_local_directory(const std::string& path);                 // follows links

} // namespace nacre
