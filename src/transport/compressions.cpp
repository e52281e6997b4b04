#include "transport/compressions.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/contract.h"
#include "base/table.h"

namespace nacre {

namespace {

constexpr std::size_t step = 4096;                                // how output space is asked for

// RFC 4253 §6.2: one zlib stream (RFC 1950) per direction, flushed after each packet.
class ZlibCompressor final : public Compressor {
public:
    explicit ZlibCompressor(int level) { NACRE_EXPECTS(deflateInit(&stream_, std::clamp(level, 1, 9)) == Z_OK); }
    ~ZlibCompressor() override { deflateEnd(&stream_); }
    ZlibCompressor(const ZlibCompressor&) = delete;
    ZlibCompressor& operator=(const ZlibCompressor&) = delete;

    void compress(Bytes payload, Buffer& out) override
    {
        stream_.next_in = const_cast<Bytef*>(payload.data());     // zlib does not write there
        stream_.avail_in = static_cast<uInt>(payload.size());
        do {
            auto space = out.space(step);
            stream_.next_out = space.data();
            stream_.avail_out = static_cast<uInt>(space.size());
            int outcome = deflate(&stream_, Z_PARTIAL_FLUSH);
            // Z_BUF_ERROR: the last call had just enough space, there is nothing left to do.
            NACRE_EXPECTS(outcome == Z_OK || outcome == Z_BUF_ERROR);
            out.filled(space.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

private:
    z_stream stream_{};
};

class ZlibDecompressor final : public Decompressor {
public:
    ZlibDecompressor() { NACRE_EXPECTS(inflateInit(&stream_) == Z_OK); }
    ~ZlibDecompressor() override { inflateEnd(&stream_); }
    ZlibDecompressor(const ZlibDecompressor&) = delete;
    ZlibDecompressor& operator=(const ZlibDecompressor&) = delete;

    Result<void> decompress(Bytes compressed, Buffer& out) override
    {
        stream_.next_in = const_cast<Bytef*>(compressed.data());
        stream_.avail_in = static_cast<uInt>(compressed.size());
        for (std::size_t written = 0;;) {
            auto space = out.space(step);
            // One byte more than allowed, so that too much shows.
            space = space.first(std::min(space.size(), decompressed_limit + 1 - written));
            stream_.next_out = space.data();
            stream_.avail_out = static_cast<uInt>(space.size());
            int outcome = inflate(&stream_, Z_SYNC_FLUSH);
            std::size_t count = space.size() - stream_.avail_out;
            out.filled(count);
            written += count;
            if (written > decompressed_limit)
                return broken("compressed packet is too large when expanded");
            if (outcome == Z_BUF_ERROR)                           // nothing in, nothing out: the packet is done
                break;
            if (outcome != Z_OK)                                  // damage, a preset dictionary, or the stream's end
                return broken("compressed data is malformed");
        }
        // A packet is flushed at its end, so that everything in it has been used.
        if (stream_.avail_in != 0)
            return broken("compressed data is malformed");
        return {};
    }

private:
    static Failure broken(const char* what) { return peer_misbehaved(what, DisconnectReason::compression_error); }

    z_stream stream_{};
};

std::unique_ptr<Compressor> make_zlib_compressor(int level) { return std::make_unique<ZlibCompressor>(level); }
std::unique_ptr<Decompressor> make_zlib_decompressor() { return std::make_unique<ZlibDecompressor>(); }

// RFC 4253's own "zlib" is left out: it would show the inflater to peers that have not logged in.
constexpr std::array rows{
    Compression{"none", false, Offered::by_default, nullptr, nullptr},
    Compression{"zlib@openssh.com", true, Offered::by_default, make_zlib_compressor, make_zlib_decompressor},
};

} // namespace

std::span<const Compression> compressions() { return rows; }

const Compression* find_compression(std::string_view name) { return find_by_name(rows, name); }

} // namespace nacre
