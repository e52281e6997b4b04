#include "os/dns_query.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include "os/system_error.h"

namespace nacre {
namespace {

class Resolver {
public:
    Resolver() : is_ready_(::res_ninit(&state_) == 0) {}
    ~Resolver()
    {
        if (is_ready_)
            ::res_nclose(&state_);
    }
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    bool is_ready() const { return is_ready_; }
    struct __res_state& state() { return state_; }

private:
    struct __res_state state_ {};
    bool is_ready_;
};

} // namespace

Result<ByteVector> query_dns(const std::string& name, std::uint16_t type)
{
    if (name.contains('\0'))
        return bad_input("not a name");
    Resolver resolver;
    if (!resolver.is_ready())
        return system_failure("the resolver cannot be set up");
    resolver.state().options |= RES_USE_EDNS0 | RES_USE_DNSSEC;
    ByteVector answer(NS_MAXMSG);
    int length = ::res_nquery(&resolver.state(), name.c_str(), ns_c_in, type, answer.data(), static_cast<int>(answer.size()));
    if (length < 0) {
        int why = resolver.state().res_h_errno;
        if (why == HOST_NOT_FOUND || why == NO_DATA)
            return ByteVector{};
        return system_failure(::hstrerror(why));
    }
    // What did not fit is counted all the same.
    answer.resize(std::min(static_cast<std::size_t>(length), answer.size()));
    return answer;
}

std::future<Result<ByteVector>> query_dns_in_background(std::string name, std::uint16_t type)
{
    std::packaged_task<Result<ByteVector>()> task{[name, type] { return query_dns(name, type); }};
    auto answer = task.get_future();
    // Signals are for the others.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread{std::move(task)}.detach();
    } catch (const std::system_error&) {
        answer = std::async(std::launch::deferred, [name = std::move(name), type] { return query_dns(name, type); });
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return answer;
}

} // namespace nacre
