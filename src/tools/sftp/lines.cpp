#include "tools/sftp/lines.h"

#include <fcntl.h>
#include <histedit.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cwchar>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "os/fd.h"
#include "os/print.h"
#include "os/system_error.h"
#include "os/waiting.h"
#include "tools/copy/interrupts.h"
#include "tools/sftp/completion.h"

namespace nacre::sftp_tool {

namespace {

class FileLines final : public Lines {
public:
    FileLines(int number, std::string name, Fd owned) : number_(number), name_(std::move(name)), owned_(std::move(owned)) {}

    Result<std::optional<std::string>> next() override
    {
        std::optional<std::string> line;
        for (;;) {
            if (unread_.empty() && !ended_)
                TRY(fill());
            if (unread_.empty())
                break;
            auto whole = unread_.find('\n');
            auto piece = unread_.substr(0, whole);
            unread_.remove_prefix(whole == unread_.npos ? piece.size() : piece.size() + 1);
            // No command is so long, and the rest of it would be taken for another one.
            if ((line ? line->size() : 0) + piece.size() > longest_line)
                return bad_input(fmt::format("{}: a line is longer than {} bytes", name_, longest_line));
            line = line.value_or("").append(piece);
            if (whole != unread_.npos)
                break;
        }
        return line;
    }

private:
    // ^C ends the waiting, and an error is no end of the file: what was to come after it has not been done.
    Result<void> fill()
    {
        for (;;) {
            if (!wait_until_readable_unless(was_interrupted, number_))
                return bad_input("Interrupt");
            auto count = ::read(number_, space_.data(), space_.size());
            if (count >= 0) {
                unread_ = {space_.data(), static_cast<std::size_t>(count)};
                ended_ = count == 0;
                return {};
            }
            if (errno != EAGAIN && errno != EINTR)
                return errno_failure(name_);
        }
    }

    int number_;
    std::string name_;
    Fd owned_;
    std::array<char, 4096> space_{};
    std::string_view unread_;                                     // in space_
    bool ended_ = false;
};

// A character, or an error when ^C was typed: libedit's own reading would begin again once.
int read_character(EditLine*, wchar_t* character)
{
    std::mbstate_t state{};
    for (;;) {
        if (!wait_until_readable_unless(was_interrupted, 0))      // while names were being fetched, or now
            return -1;
        char byte = 0;
        auto count = ::read(0, &byte, 1);
        if (count < 0 && (errno == EINTR || errno == EAGAIN))
            continue;                                             // the window changed, or another one was quicker
        if (count <= 0)
            return static_cast<int>(count);
        auto length = std::mbrtowc(character, &byte, 1, &state);
        if (length == static_cast<std::size_t>(-2))
            continue;
        if (length == static_cast<std::size_t>(-1))               // no character of this locale: the byte as it is
            *character = static_cast<unsigned char>(byte);
        return 1;
    }
}

char* prompt(EditLine*)
{
    static char text[] = "sftp> ";
    return text;
}

class EditedLines final : public Lines {
public:
    explicit EditedLines(Shell& shell)
        : shell_(shell), editor_(::el_init("sftp", stdin, stdout, stderr)), history_(::history_init())
    {
        HistEvent event{};
        ::history(history_, &event, H_SETSIZE, 1000);
        ::history(history_, &event, H_SETUNIQUE, 1);
        ::el_set(editor_, EL_HIST, ::history, history_);
        ::el_set(editor_, EL_PROMPT, prompt);
        ::el_set(editor_, EL_EDITOR, "emacs");
        ::el_set(editor_, EL_TERMINAL, nullptr);
        ::el_set(editor_, EL_SIGNAL, 1);
        ::el_set(editor_, EL_GETCFN, read_character);
        ::el_set(editor_, EL_CLIENTDATA, this);
        ::el_set(editor_, EL_ADDFN, "nacre-complete", "Complete a command or a path", complete_here);
        ::el_set(editor_, EL_BIND, "^I", "nacre-complete", nullptr);
        ::el_set(editor_, EL_BIND, "\\e[1;5D", "ed-prev-word", nullptr);
        ::el_set(editor_, EL_BIND, "\\e[1;5C", "em-next-word", nullptr);
        ::el_source(editor_, nullptr);                            // ~/.editrc
    }
    ~EditedLines() override
    {
        ::history_end(history_);
        ::el_end(editor_);
    }
    EditedLines(const EditedLines&) = delete;
    EditedLines& operator=(const EditedLines&) = delete;

    Result<std::optional<std::string>> next() override
    {
        for (;;) {
            forget_interrupt();
            int length = 0;
            const char* text = ::el_gets(editor_, &length);
            if (text && length > 0) {
                std::string line{text, static_cast<std::size_t>(length)};
                HistEvent event{};
                if (line.find_first_not_of(" \t\n") != line.npos)
                    ::history(history_, &event, H_ENTER, line.c_str());
                return line;
            }
            if (!was_interrupted()) {
                write_text(stdout, "\n");
                return std::nullopt;
            }
            write_text(stdout, "\n");                             // ^C: the line is dropped
            ::el_reset(editor_);
        }
    }

private:
    static unsigned char complete_here(EditLine* editor, int)
    {
        EditedLines* self = nullptr;
        ::el_get(editor, EL_CLIENTDATA, &self);
        auto* line = ::el_line(editor);
        std::string_view before{line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)};
        auto completion = complete(self->shell_, before);
        if (!completion.insertion.empty()) {
            ::el_insertstr(editor, completion.insertion.c_str());
            return CC_REFRESH;
        }
        if (completion.choices.size() < 2)
            return CC_ERROR;
        std::string list{"\n"};
        std::size_t widest = 0;
        for (auto& choice : completion.choices)
            widest = std::max(widest, printable_line(choice).size() + 2);
        auto columns = std::max<std::size_t>(1, 80 / widest);
        for (std::size_t i = 0; i < completion.choices.size(); ++i)
            list += fmt::format("{:<{}}{}", printable_line(completion.choices[i]), widest, (i + 1) % columns == 0 ? "\n" : "");
        write_text(stdout, list);
        if (!list.ends_with('\n'))
            write_text(stdout, "\n");
        flush_text(stdout);
        return CC_REDISPLAY;
    }

    Shell& shell_;
    EditLine* editor_;
    History* history_;
};

} // namespace

std::unique_ptr<Lines> lines_of_a_person(Shell& shell) { return std::make_unique<EditedLines>(shell); }

std::unique_ptr<Lines> lines_of_standard_input() { return std::make_unique<FileLines>(0, "standard input", Fd{}); }

Result<std::unique_ptr<Lines>> lines_of_file(const std::string& path)
{
    Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file)
        return errno_failure(path);
    int number = file.number();
    return std::unique_ptr<Lines>{std::make_unique<FileLines>(number, path, std::move(file))};
}

} // namespace nacre::sftp_tool
