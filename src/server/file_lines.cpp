#include "server/file_lines.h"

#include <algorithm>

namespace nacre {

FileLines LinePieces::add(std::string_view piece)
{
    auto end = piece.rfind('\n');
    auto whole = piece.substr(0, end == std::string_view::npos ? 0 : end + 1);
    lines_.clear();
    if (!whole.empty())
        lines_.append(std::exchange(beginning_, {})).append(whole);
    beginning_.append(piece.substr(whole.size(), longest_line_ + 1 - beginning_.size()));
    return numbered();
}

FileLines LinePieces::rest()
{
    lines_ = std::exchange(beginning_, {});
    return numbered();
}

FileLines LinePieces::numbered()
{
    auto count = static_cast<std::size_t>(std::ranges::count(lines_, '\n'));
    return {lines_, file_, std::exchange(next_, next_ + count), &told_};
}

} // namespace nacre
