// The files of a configuration as their author wrote them: every line, and the blocks in which they stand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/include.h"
#include "config/lexer.h"
#include "config/lint/dialect.h"
#include "config/lint/finding.h"
#include "config/sources.h"

namespace nacre::lint {

// A Host or Match line, or the part of a file before the first.
struct Block {
    std::string kind;                                             // "Host", "Match", or empty
    std::vector<std::string> words;
    Origin origin;
    std::string key;                                              // the same for blocks with the same conditions
    bool always = false;                                          // holds for every connection
    bool nested = false;                                          // in a file that another block includes
    bool in_match = false;                                        // itself or what includes it
    std::size_t lines = 0;
};

struct DocumentLine {
    Origin origin;
    KeywordFacts keyword;
    std::vector<std::string> words;
    std::string rest;
    std::size_t block;                                            // index
    std::size_t root;                                             // which of the files that were asked for
    bool indented;
    bool after_gap;                                               // behind a blank line
};

struct Document {
    std::vector<Block> blocks;
    std::vector<DocumentLine> lines;
};

struct RootFile {
    std::string path;
    bool system = false;                                          // relative Includes are in /etc/ssh
    bool may_be_missing = false;
    bool must_be_private = false;                                 // to its owner or root: to write, not to read
};

class DocumentReader {
public:
    DocumentReader(ConfigSources& sources, Dialect& dialect, Findings& findings)
        : sources_(sources), dialect_(dialect), findings_(findings)
    {
    }
    void read(const RootFile& root);
    Document take() { return std::move(document_); }

private:
    struct Scope {
        std::size_t block;
        bool after_gap = false;
    };
    void file(const std::string& path, const RootFile& root, Scope scope, bool included);
    void line(std::string_view text, Origin origin, const RootFile& root, Scope& scope, std::size_t outer);
    void open_block(const LexedLine& lexed, std::string_view kind, const Origin& origin, std::size_t outer, Scope& scope);
    void include(const LexedLine& lexed, const Origin& origin, const RootFile& root, const Scope& scope);
    void unknown(const LexedLine& lexed, const Origin& origin);

    ConfigSources& sources_;
    Dialect& dialect_;
    Findings& findings_;
    Document document_;
    IncludeLimits limits_;
    std::size_t root_ = 0;
    std::string ignored_;                                         // of the first IgnoreUnknown that always counts
};

} // namespace nacre::lint
