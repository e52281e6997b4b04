// Lists of trusted hosts.  Whatever else stands in it, a line without the client's name and address lets nobody in.
#include "auth/rhosts.h"
#include "base/bytes.h"

using namespace nacre;

namespace {

class NoNetgroups final : public Netgroups {
public:
    bool has_host(std::string_view, std::string_view) const override { return false; }
    bool has_user(std::string_view, std::string_view) const override { return false; }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = as_text({data, size});
    RhostsQuestion question{"a.b", "::1", "joe", "joe"};
    auto answer = search_rhosts(text, question, NoNetgroups{});
    bool decided = answer.verdict != RhostsVerdict::no_line;
    if (decided != (answer.line != 0))
        __builtin_trap();
    bool is_named = text.contains("::1");
    for (std::size_t i = 0; i + 3 <= text.size(); ++i)
        is_named = is_named || ((text[i] | 0x20) == 'a' && text[i + 1] == '.' && (text[i + 2] | 0x20) == 'b');
    if (decided && !is_named)
        __builtin_trap();
    return 0;
}
