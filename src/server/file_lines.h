// Lines of a file that somebody else wrote, a run at a time: a file of any size is searched in bounded memory.
//
//     LinePieces pieces{path, longest};
//     for (each piece of the file) search(pieces.add(piece));
//     search(pieces.rest());
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace nacre {

struct FileLines {
    std::string_view text;
    std::string_view file{};                                      // for log lines
    std::size_t first = 1;                                        // number of the first line
    bool* told = nullptr;                                         // of all pieces: that one of them is too long
};

class LinePieces {
public:
    LinePieces(std::string file, std::size_t longest_line) : file_(std::move(file)), longest_line_(longest_line) {}

    // The whole lines that this completes, good until the next call; their text is empty if it completes none.  Of a
    // line that is too long as much is left that it still is.
    FileLines add(std::string_view piece);
    FileLines rest();                                             // the last line, where no line end is behind it

private:
    FileLines numbered();

    std::string file_;
    std::size_t longest_line_;
    std::string lines_, beginning_;
    std::size_t next_ = 1;
    bool told_ = false;
};

} // namespace nacre
