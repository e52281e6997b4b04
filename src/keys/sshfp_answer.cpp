#include "keys/sshfp_answer.h"

#include <fmt/format.h>

#include "wire/reader.h"

namespace nacre {
namespace {

constexpr std::uint16_t is_response = 0x8000, was_cut_off = 0x0200, authentic_data = 0x0020, response_code = 0x000f;
constexpr std::uint16_t no_error = 0, no_such_name = 3;
constexpr std::uint16_t class_internet = 1;

// §4.1.4: labels up to an empty one or up to a pointer, which ends the name where we stand.
void step_over_name(Reader& reader)
{
    while (reader.ok()) {
        auto length = reader.u8();
        if (length == 0)
            return;
        if ((length & 0xc0) == 0xc0) {
            reader.u8();
            return;
        }
        if (length > 63)
            reader.reject();
        else
            reader.take(length);
    }
}

// RFC 4255 §3.1.  What is too short to be one is left out.
void read_record(Bytes data, std::vector<SshfpRecord>& records)
{
    if (data.size() < 2 || records.size() == most_sshfp_records)
        return;
    auto fingerprint = data.subspan(2);
    records.push_back({data[0], data[1], {fingerprint.begin(), fingerprint.end()}});
}

} // namespace

Result<SshfpAnswer> parse_sshfp_answer(Bytes message)
{
    Reader reader{message};
    reader.u16();                                                 // the resolver has looked at the ID
    auto flags = reader.u16();
    auto questions = reader.u16(), answers = reader.u16();
    reader.take(4);                                               // counts of the sections that we do not read
    if (!reader.ok() || (flags & is_response) == 0)
        return peer_misbehaved("the name server's answer is none");
    if ((flags & was_cut_off) != 0)
        return peer_misbehaved("the name server's answer was cut off");
    auto code = flags & response_code;
    if (code != no_error && code != no_such_name)
        return peer_misbehaved(fmt::format("the name server answered with error {}", code));

    SshfpAnswer answer;
    answer.is_authentic = (flags & authentic_data) != 0;
    for (; questions > 0 && reader.ok(); --questions) {
        step_over_name(reader);
        reader.take(4);                                           // type, class
    }
    for (; answers > 0 && reader.ok(); --answers) {
        step_over_name(reader);
        auto type = reader.u16(), class_of = reader.u16();
        reader.u32();                                             // time to live
        auto data = reader.take(reader.u16());
        if (type == sshfp_record_type && class_of == class_internet)
            read_record(data, answer.records);
    }
    if (!reader.ok())
        return peer_misbehaved("the name server's answer is malformed");
    return answer;
}

} // namespace nacre
