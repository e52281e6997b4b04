#include "tools/sftp/words.h"

#include <cctype>

namespace nacre::sftp_tool {

namespace {

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_wildcard(char c) { return c == '*' || c == '?' || c == '['; }

class Splitter {
public:
    explicit Splitter(std::string_view line) : line_(line) {}

    Result<Words> run(OpenEnd open_end)
    {
        for (; at_ < line_.size(); ++at_) {
            char c = line_[at_];
            if (quote_ == 0 && is_blank(c))
                end_word();
            else if (quote_ == 0 && c == '#')
                break;
            else if (c == '"' || c == '\'')
                take_quote(c);
            else if (c == '\\' && at_ + 1 < line_.size())
                quote_ != 0 ? escape_in_quotes() : escape_outside();
            else
                add(c);
        }
        if (quote_ != 0 && open_end == OpenEnd::refused)
            return bad_input("Unterminated quoted argument");
        result_.open_quote = quote_;
        result_.ends_inside = inside_;
        end_word();
        return std::move(result_);
    }

private:
    void end_word()
    {
        if (inside_)
            result_.words.push_back(std::move(word_));
        word_.clear();
        inside_ = false;
    }
    void take_quote(char c)
    {
        if (quote_ == 0)
            quote_ = c;
        else if (quote_ == c)
            quote_ = 0;
        else
            word_ += c;
        inside_ = true;
    }
    // Inside quotes a backslash is itself, but before the quote that would end it.
    void escape_in_quotes()
    {
        char next = line_[++at_];
        if (next == quote_) {
            word_ += next;
        } else if (is_wildcard(next)) {                           // both are meant as they stand
            word_ += "\\\\\\";
            word_ += next;
        } else {
            word_ += '\\';
            word_ += next;
        }
        inside_ = true;
    }
    // Outside it takes the meaning of anything; of what the pattern would interpret, later.
    void escape_outside()
    {
        char next = line_[++at_];
        if (is_wildcard(next) || next == '\\')
            word_ += '\\';
        word_ += next;
        inside_ = true;
    }
    void add(char c)
    {
        if (quote_ != 0 && is_wildcard(c))
            word_ += '\\';
        word_ += c;
        inside_ = true;
    }

    std::string_view line_;
    std::size_t at_ = 0;
    char quote_ = 0;
    bool inside_ = false;
    std::string word_;
    Words result_;
};

} // namespace

Result<Words> split_words(std::string_view line, OpenEnd open_end) { return Splitter{line}.run(open_end); }

} // namespace nacre::sftp_tool
