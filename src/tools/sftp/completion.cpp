#include "tools/sftp/completion.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/local_site.h"
#include "sftp/names.h"
#include "tools/sftp/commands.h"
#include "tools/sftp/words.h"

namespace nacre::sftp_tool {

namespace {

bool is_plain_for_shell(char c)
{
    auto lower = to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view{"%+,-./:=@_"}.contains(c);
}

// A backslash helps against all but the end of a line; within quotes, against less.
bool can_be_told(std::string_view name, char quote)
{
    return quote == 0 ? !name.contains('\n') : std::ranges::all_of(name, is_plain_for_shell);
}

bool is_special(char c, char quote, LineFor reader)
{
    if (quote != 0)
        return c == quote;
    return reader == LineFor::shell ? !is_plain_for_shell(c) : std::string_view{" \t'\"\\#*?["}.contains(c);
}

std::string escaped(std::string_view text, char quote, LineFor reader)
{
    std::string result;
    for (char c : text) {
        if (is_special(c, quote, reader))
            result += '\\';
        result += c;
    }
    return result;
}

std::size_t common_length(const std::vector<std::string>& words)
{
    std::size_t length = words.front().size();
    for (auto& word : words)
        length = static_cast<std::size_t>(std::ranges::mismatch(words.front(), word).in1 - words.front().begin()) < length
                     ? static_cast<std::size_t>(std::ranges::mismatch(words.front(), word).in1 - words.front().begin())
                     : length;
    // Not in the middle of a character.
    while (length > 0 && length < words.front().size() && (static_cast<unsigned char>(words.front()[length]) & 0xc0) == 0x80)
        --length;
    return length;
}

std::vector<std::string> local_names(const std::string& directory)
{
    std::vector<std::string> names;
    auto* stream = ::opendir(directory.empty() ? "." : directory.c_str());
    if (!stream)
        return names;
    while (auto* entry = ::readdir(stream)) {
        std::string name{entry->d_name};
        if (is_plain_name(name))
            names.push_back(is_local_directory(sftp::join_path(directory, name)) ? name + '/' : name);
    }
    ::closedir(stream);
    return names;
}

std::vector<std::string> remote_names(Shell& shell, const std::string& directory)
{
    std::vector<std::string> names;
    auto listing = list_directory(shell.link(), directory.empty() ? shell.directory() : shell.absolute_name(escaped_for_glob(directory)));
    if (!listing)
        return names;
    for (auto& entry : listing->entries)
        if (is_plain_name(entry.name))
            names.push_back(entry.attributes.kind() == sftp::FileKind::directory ? entry.name + '/' : entry.name);
    return names;
}

std::vector<std::string> command_names()
{
    std::vector<std::string> names;
    for (auto& row : commands())
        names.emplace_back(row.name);
    return names;
}

// Of the words behind the command, the nth that is no flag.
std::size_t place_among_paths(const std::vector<std::string>& words, std::size_t index)
{
    return static_cast<std::size_t>(std::count_if(words.begin() + 1, words.begin() + static_cast<std::ptrdiff_t>(index),
                                                  [](auto& word) { return !word.starts_with('-'); }));
}

bool is_remote(Names names, std::size_t place)
{
    switch (names) {
    case Names::remote: return true;
    case Names::remote_then_local: return place == 0;
    case Names::local_then_remote: return place > 0;
    default: return false;
    }
}

} // namespace

Completion complete_word(std::string_view typed, std::vector<std::string> candidates, char open_quote, LineFor reader)
{
    std::erase_if(candidates, [&](auto& name) {
        return !name.starts_with(typed) || (name.starts_with('.') && !typed.starts_with('.')) ||
               (reader == LineFor::shell && !can_be_told(name, open_quote));
    });
    if (candidates.empty())
        return {};
    std::ranges::sort(candidates);
    Completion completion;
    auto common = candidates.front().substr(0, common_length(candidates));
    completion.insertion = escaped(std::string_view{common}.substr(std::min(typed.size(), common.size())), open_quote, reader);
    if (candidates.size() > 1) {
        completion.choices = std::move(candidates);
    } else if (!common.ends_with('/')) {
        if (open_quote != 0)
            completion.insertion += open_quote;
        completion.insertion += ' ';
    }
    return completion;
}

Completion complete(Shell& shell, std::string_view line)
{
    auto split = split_words(line, OpenEnd::allowed);
    if (!split)
        return {};
    auto words = std::move(split->words);
    if (!split->ends_inside)
        words.emplace_back();
    auto index = words.size() - 1;
    auto typed = without_glob_escapes(words[index]);
    if (index == 0)
        return complete_word(to_lower(typed), command_names(), split->open_quote);
    auto* command = command_named(words[0]);
    if (!command || command->completes == Names::none || typed.starts_with('-'))
        return {};
    auto slash = typed.rfind('/');
    auto directory = slash == typed.npos ? std::string{} : typed.substr(0, slash + 1);
    auto last = slash == typed.npos ? typed : typed.substr(slash + 1);
    bool remote = is_remote(command->completes, place_among_paths(words, index));
    return complete_word(last, remote ? remote_names(shell, directory) : local_names(directory), split->open_quote,
                         command->completes == Names::for_shell ? LineFor::shell : LineFor::us);
}

} // namespace nacre::sftp_tool
