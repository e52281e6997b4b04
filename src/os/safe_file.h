// Files that matter: read within bounds, checked for who else may write them, replaced whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/secret.h"
#include "os/fd.h"

namespace nacre {

struct FileFacts {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t mode = 0;                                       // permission bits, 07777
    std::uint64_t size = 0;
    bool is_regular = false;
    bool is_directory = false;
    bool is_socket = false;
};

Result<FileFacts> file_facts(const std::string& path);            // follows links
Result<FileFacts> file_facts(int fd);

// Of a FIFO: awaited for the files of whoever started us (configurations, keys, lists).  Else nobody is kept waiting by a pipe or
// a device that somebody put there (O_NONBLOCK, O_NOCTTY), and a FIFO to which nobody writes is empty.
enum class FifoWriter { not_awaited, awaited };
Result<Fd> open_to_read(const std::string& path, FifoWriter writer = FifoWriter::not_awaited);
Result<ByteVector> read_file(const std::string& path, std::size_t at_most, FifoWriter writer = FifoWriter::not_awaited);
Result<SecretBytes> read_secret_file(const std::string& path, std::size_t at_most, FifoWriter writer = FifoWriter::not_awaited);
Result<SecretBytes> read_secret_file(int fd, std::size_t at_most);

// A private key may be read by its owner alone: group or other bits on a file of our own are too open.
bool is_too_open(const FileFacts& facts, std::uint32_t our_uid);

// Absolute, without links, "." and "..".
Result<std::string> real_path(const std::string& path);

// StrictModes: the open file and every directory above it (up to and including `home` if the file lies
// below it) belong to root or the user, and nobody else may write there; a group of which nobody but the user is may, as a
// umask of 002 has it.  The error names the offender:
// "bad ownership or modes for directory /home/u".
Result<void> check_strict_modes(int fd, const std::string& path, const std::string& home, std::uint32_t uid);
// As for ChrootDirectory: an absolute path whose every part is root's, a directory, and not writable by others.
Result<void> check_root_directory(const std::string& path);

// A temporary file beside it, synced, renamed over it.  A mode of an existing file is kept unless one is given, but
// where its owner cannot be kept it is ours, and private.  Where its folder lets nothing be put into its place, it is
// overwritten; what cannot be written whole leaves it as it was.
// A device, a FIFO or a pipe (/dev/stdout) is no file to replace: it is written to, and stays what it is.
Result<void> replace_file(const std::string& path, Bytes content, std::optional<unsigned> mode = std::nullopt);
enum class OldKept { no, yes };
// As that, of a file that is there; `old`, which it held, stays beside it as PATH.old, with the same mode.  Not of devices
// and pipes, which held nothing, nor where nothing may be put beside it.
Result<OldKept> replace_file_keeping_old(const std::string& path, Bytes old, Bytes content);
// The same for what everybody may read: a new file gets 0644 less the umask, an old one keeps its mode.  In programs of one
// thread, since the umask can be read only by setting it.
Result<void> replace_public_file(const std::string& path, Bytes content);
// Created as new; an existing file is an error (EEXIST).
Result<void> create_file(const std::string& path, Bytes content, unsigned mode);
// One write at the end, under a lock if that can be had within a second; the file is created with `mode_if_new`.  A
// missing newline before is repaired.
Result<void> append_line(const std::string& path, std::string_view line, unsigned mode_if_new);
// 0700; existing already is success.
Result<void> make_private_directory(const std::string& path);
Result<std::string> make_temporary_directory(const std::string& prefix);   // "/tmp/ssh-" + random; 0700

} // namespace nacre
