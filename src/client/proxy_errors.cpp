#include "client/proxy_errors.h"

#include <array>

namespace nacre {
namespace {

constexpr int standard_error = 2;
constexpr int most_at_once = 16;                                  // pieces: what a pipe holds

} // namespace

ProxyErrors::ProxyErrors(EventLoop& loop, Fd reader) : reader_(std::move(reader))
{
    watch_ = loop.watch(reader_.number(), {.readable = true}, [this](Ready) { pass_on(); });
}

void ProxyErrors::pass_on()
{
    std::array<std::uint8_t, 4096> piece;
    for (int i = 0; i < most_at_once && watch_; ++i) {
        auto io = read_some(reader_.number(), piece);
        if (io && io->would_block)
            return;
        if (!io || io->end)
            watch_.reset();
        else
            (void)write_all(standard_error, Bytes{piece}.first(io->bytes));
    }
}

void ProxyErrors::close_copies()
{
    (void)watch_.release();                                       // the loop is the other half's
    reader_.close();
}

} // namespace nacre
