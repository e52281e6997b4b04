#include "os/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/system_error.h"

namespace nacre {

Result<Fd> sealed_memory(Bytes content)
{
    Fd memory{::memfd_create("sshd", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!memory && (errno == EPERM || errno == ENOSYS))
        return errno_failure("this needs Linux 3.17 or later, and a container whose filter lets memfd_create(2) through");
    if (!memory)
        return errno_failure("memfd_create");
    auto written = write_all(memory.number(), content);
    if (!written && written.error().os_error == EFBIG)
        return fail(in_context("the limit on the size of files (ulimit -f) holds for memory, too", std::move(written).error()));
    TRY(std::move(written));
    if (::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return errno_failure("sealing memory");
    return memory;
}

Result<SecretBytes> read_sealed_memory(int fd, std::size_t at_most)
{
    struct stat facts {};
    if (::fstat(fd, &facts) < 0)
        return errno_failure("sealed memory");
    if (facts.st_size <= 0 || static_cast<std::size_t>(facts.st_size) > at_most)
        return bad_input("sealed memory of a wrong size");
    SecretBytes bytes{static_cast<std::size_t>(facts.st_size)};
    // pread: the position belongs to all who inherited the descriptor.
    for (std::size_t done = 0; done < bytes.size();) {
        auto count = ::pread(fd, bytes.bytes().subspan(done).data(), bytes.size() - done, static_cast<off_t>(done));
        if (count <= 0)
            return errno_failure("reading sealed memory");
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

} // namespace nacre
