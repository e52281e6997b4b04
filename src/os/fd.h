// Descriptors: who owns them, and reading and writing through them.
//
// Everything made here is close-on-exec.  "Would block" and "end" are outcomes, not errors;
// EINTR is never seen by a caller.  Programs that write to pipes ignore SIGPIPE (os/signals.h).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

// Owns one descriptor, or none.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}                  // owns that number from now on
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { close(); }

    int number() const { return number_; }                        // -1: none
    bool is_open() const { return number_ >= 0; }                 // there is one
    explicit operator bool() const { return is_open(); }
    int release() { return std::exchange(number_, -1); }          // the caller owns it now
    void close();                                                 // now; also when there is none

private:
    int number_ = -1;
};

struct Pipe {                                                     // both ends
    Fd reader;
    Fd writer;
};

struct SocketPair {                                               // both ends
    Fd ours;
    Fd theirs;
};

// Whether messages keep their bounds.
enum class SocketPairKind { stream, packets };                    // packets: SOCK_SEQPACKET, message boundaries kept
enum class Blocking { no, yes };                                  // whether calls wait
enum class Inherited { no, yes };                                 // whether a program that is executed has it, too

Result<Pipe> make_pipe();                                         // both ends are close-on-exec
Result<SocketPair> make_socket_pair(SocketPairKind kind = SocketPairKind::stream);   // likewise
Result<Fd> duplicate(int fd);                                     // a second number for the same thing
Result<Fd> open_null_device();                                    // for reading and writing
Result<void> replace_by_null_device(int fd);                      // whoever waits for its end need not wait for ours
Result<void> set_blocking(int fd, Blocking blocking);             // of everybody who shares it
Result<bool> is_blocking(int fd);                                 // as last set
Result<void> set_inherited(int fd, Inherited inherited);          // through exec
// Programs that are executed, whoever does it, have 0, 1 and 2 and no other.  Only plain system calls, as after a fork.
void inherit_standard_streams_only();

// Keeps a descriptor from waiting as long as this lives, for all who share it, and then puts it back to what it was.
class NonBlocking {
public:
    NonBlocking() = default;                                      // of none
    static Result<NonBlocking> make(int fd);                      // `fd` itself may be closed before
    NonBlocking(NonBlocking&&) noexcept = default;
    NonBlocking& operator=(NonBlocking&& other) noexcept;
    ~NonBlocking() { put_back(); }

private:
    void put_back();

    Fd was_blocking_;                                             // a number of its own; none: it was not
};

struct Io {                                                       // how much was done, and what stopped it
    std::size_t bytes = 0;
    bool would_block = false;                                     // nothing done; wait until it is ready
    bool end = false;                                             // reading only: the other side has finished
};

Result<Io> read_some(int fd, MutableBytes space);                 // EIO is an error, also of a pty whose other end is gone
Result<Io> write_some(int fd, Bytes bytes);                       // what there is room for
Result<Io> write_some(int fd, std::span<const Bytes> pieces);     // one writev of at most 64 pieces
// The same of a socket; they never wait, also where the socket itself would.  A peer that is gone is an error (EPIPE)
// and never a signal, whatever the process does about it.
Result<Io> send_some(int socket, std::span<const Bytes> pieces);
Result<Io> receive_some(int socket, MutableBytes space);          // what has come

// For small things: they wait, also on a non-blocking descriptor.
Result<ByteVector> read_all(int fd, std::size_t at_most);         // to the end; more than at_most is an error
Result<void> read_exactly(int fd, MutableBytes space);            // an early end is an error
Result<void> write_all(int fd, Bytes bytes);                      // waits until all is written
Result<void> send_all(int socket, Bytes bytes);                   // the same by send_some(): no signal

bool is_open(int number);                                         // somebody's, of this process

// First thing in main(): whatever of 0, 1, 2 is closed becomes /dev/null, so that no later
// file or socket lands on a number that somebody prints to.
Result<void> ensure_standard_streams();

// The descriptors that are open now, from `first` on.  None where nobody can tell (/proc).
std::vector<int> open_numbers_from(int first);

// Whoever they belong to.
void close_numbers(std::span<const int> numbers);
// Closes every descriptor from `first` on, save those in `kept`.
void close_all_from(int first, std::span<const int> kept = {});

} // namespace nacre
