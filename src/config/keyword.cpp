#include "config/keyword.h"

namespace nacre {

Result<std::string> Arguments::next()
{
    if (at_end() || words_[next_].empty())
        return bad_input("missing argument");
    return words_[next_++];
}

Result<std::vector<std::string>> Arguments::all()
{
    std::vector<std::string> values;
    do {
        auto word = TRY(next());
        values.push_back(std::move(word));
    } while (!at_end());
    return values;
}

Result<std::string> Arguments::whole_text()
{
    auto start = text_.find_first_not_of(" \t\r=");
    if (start == std::string::npos)
        return bad_input("missing argument");
    next_ = words_.size();
    return text_.substr(start);
}

bool Arguments::take(std::string_view word)
{
    if (at_end() || !equal_ignoring_case(words_[next_], word))
        return false;
    ++next_;
    return true;
}

} // namespace nacre
