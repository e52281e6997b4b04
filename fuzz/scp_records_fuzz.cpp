// Lines of scp's old protocol, and the patterns that names are held against.
#include "scp/records.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text{reinterpret_cast<const char*>(data), size};
    auto record = scp::parse_record(text.substr(0, text.find('\n')));
    if (record)
        if (auto* file = std::get_if<scp::FileRecord>(&*record)) {
            if (file->name.contains('/') || file->name == ".." || file->name.empty())
                __builtin_trap();
            auto line = scp::to_line(*file);
            auto again = scp::parse_record(std::string_view{line}.substr(0, line.size() - 1));
            if (!file->name.contains('\n') && (!again || *again != *record))
                __builtin_trap();
        }
    auto half = size / 2;
    (void)scp::fits_request(text.substr(0, std::min<std::size_t>(half, 256)), text.substr(half, 256));
    return 0;
}
