// Reading a KRL.
#include <fmt/format.h>

#include "crypto/hash.h"
#include "keys/krl.h"
#include "keys/krl_format.h"
#include "keys/public_key.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::size_t longest_bitmap = 1024 * 1024;               // bytes

Error malformed(std::string_view what)
{
    return {ErrorKind::bad_input, fmt::format("a revocation list with {}", what), DisconnectReason::by_application, 0};
}

} // namespace

class KrlReader {
public:
    explicit KrlReader(Krl& list) : list_(list) {}

    Result<void> header(Reader& in)
    {
        in.take(krl::magic.size());
        if (in.u32() != krl::format_version)
            return fail(malformed("a format version that we do not know"));
        list_.version = in.u64();
        list_.generated = in.u64();
        in.u64();                                                 // flags: "critical" ones do not exist
        in.string();                                              // reserved
        list_.comment = in.text();
        if (!in.ok())
            return fail(malformed("half a header"));
        return {};
    }

    Result<void> section(Reader& in)
    {
        auto type = static_cast<krl::Section>(in.u8());
        auto content = in.string();
        if (!in.ok())
            return fail(malformed("half a section"));
        switch (type) {
        case krl::Section::certificates: return certificates(content);
        case krl::Section::keys: return keys(content);
        case krl::Section::sha1: return digests(content, list_.sha1_, hash_size(HashKind::sha1));
        case krl::Section::sha256: return digests(content, list_.sha256_, hash_size(HashKind::sha256));
        case krl::Section::extension: return extension(content);
        case krl::Section::signature: return fail(malformed("a signature, which nobody can check any more"));
        }
        return fail(malformed(fmt::format("a section of the unknown type {}", static_cast<unsigned>(type))));
    }

private:
    Result<void> keys(Bytes content)
    {
        for (Reader in{content}; in.left() > 0;) {
            auto blob = in.string();
            if (!in.ok())
                return fail(malformed("half a list of keys"));
            auto key = TRY(plain_key(blob));
            list_.keys_.insert(std::move(key));
        }
        return {};
    }

    // A certificate stands for its key: "The blob must be a raw key (i.e. not a certificate)", so somebody meant one.  What
    // no door here opens to, another type or an RSA key of a size that is not used, stays as it is for those who know it.
    static Result<ByteVector> plain_key(Bytes blob)
    {
        Reader in{blob};
        auto name = in.text();
        if (name.empty())
            return fail(malformed("a key that is none"));
        if (!find_key_type(name))
            return to_vector(blob);
        auto key = PublicKey::from_blob(blob);
        if (!key && key.error().kind == ErrorKind::incompatible)
            return to_vector(blob);
        if (!key)
            return fail(malformed("a damaged key of the type " + std::string{name}));
        return to_vector(key->plain().blob());
    }

    static Result<void> digests(Bytes content, std::set<ByteVector>& into, std::size_t size)
    {
        for (Reader in{content}; in.left() > 0;) {
            auto digest = in.string();
            if (digest.size() != size)
                return fail(malformed("a digest of the wrong size"));
            into.insert(to_vector(digest));
        }
        return {};
    }

    static Result<void> extension(Bytes content)
    {
        Reader in{content};
        in.string();
        bool critical = in.boolean();
        in.string();
        if (!in.ok() || in.left() > 0)
            return fail(malformed("a malformed extension"));
        if (critical)
            return fail(malformed("an extension that must be understood and is not"));
        return {};
    }

    Result<void> certificates(Bytes content)
    {
        Reader in{content};
        auto blob = in.string();
        in.string();                                              // reserved
        if (!in.ok())
            return fail(malformed("half a section of certificates"));
        if (!blob.empty()) {
            auto key = PublicKey::from_blob(blob);
            if (!key || key->is_certificate())
                return fail(malformed("an authority that is no key"));
        }
        auto& of_authority = list_.authorities_[to_vector(blob)];
        while (in.left() > 0) {
            auto part = static_cast<krl::Part>(in.u8());
            Reader inside{in.string()};
            if (!in.ok())
                return fail(malformed("half a section of certificates"));
            TRY(certificate_part(part, inside, of_authority));
        }
        return {};
    }

    static Result<void> certificate_part(krl::Part part, Reader& in, Krl::OfAuthority& into)
    {
        switch (part) {
        case krl::Part::serial_list: return serial_list(in, into.serials);
        case krl::Part::serial_range: return serial_range(in, into.serials);
        case krl::Part::serial_bitmap: return serial_bitmap(in, into.serials);
        case krl::Part::key_id: return key_ids(in, into.key_ids);
        case krl::Part::extension: return extension(in.rest());
        }
        return fail(malformed(fmt::format("certificates named in the unknown way {}", static_cast<unsigned>(part))));
    }

    // Zero is no serial number but the lack of one: it would revoke nothing, whatever was meant.
    static Result<void> add(std::uint64_t first, std::uint64_t last, SerialRanges& into)
    {
        if (first == 0)
            return fail(malformed("the serial number 0"));
        into.add(first, last);
        return {};
    }

    static Result<void> serial_list(Reader& in, SerialRanges& into)
    {
        while (in.left() > 0) {
            auto serial = in.u64();
            if (!in.ok())
                return fail(malformed("a malformed list of serial numbers"));
            TRY(add(serial, serial, into));
        }
        return {};
    }

    static Result<void> serial_range(Reader& in, SerialRanges& into)
    {
        auto first = in.u64();
        auto last = in.u64();
        if (!in.ok() || in.left() > 0 || first > last)
            return fail(malformed("a malformed range of serial numbers"));
        return add(first, last, into);
    }

    // Bit n stands for the serial number offset + n.
    static Result<void> serial_bitmap(Reader& in, SerialRanges& into)
    {
        auto offset = in.u64();
        auto bits = in.mpint();
        if (!in.ok() || in.left() > 0 || bits.size() > longest_bitmap)
            return fail(malformed("a malformed bitmap of serial numbers"));
        for (std::size_t n = 0; n < 8 * bits.size(); ++n) {
            if (!(bits[bits.size() - 1 - n / 8] >> n % 8 & 1))
                continue;
            if (offset + n < offset)
                return fail(malformed("serial numbers beyond the largest"));
            TRY(add(offset + n, offset + n, into));
        }
        return {};
    }

    static Result<void> key_ids(Reader& in, std::set<std::string>& into)
    {
        while (in.left() > 0) {
            auto id = in.text();
            if (!in.ok())
                return fail(malformed("a malformed list of key ids"));
            into.emplace(id);
        }
        return {};
    }

    Krl& list_;
};

Result<Krl> Krl::read(Bytes file)
{
    if (!is_krl(file))
        return bad_input("not a revocation list");
    if (file.size() > krl_size_limit)
        return bad_input("the revocation list is too long");
    Krl list;
    KrlReader reader{list};
    Reader in{file};
    TRY(reader.header(in));
    while (in.left() > 0)
        TRY(reader.section(in));
    return list;
}

} // namespace nacre
