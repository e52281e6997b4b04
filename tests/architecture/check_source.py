#!/usr/bin/env python3
"""Holds the source to the project's rules, by reading it:

 * a folder includes only folders above it (folders.txt);
 * the core includes no system header: computing parts of the standard library, and named libraries only;
 * headers begin with a comment and have #pragma once; so does a .cpp that has no header;
 * x.cpp includes x.h first, which shows that x.h compiles alone (headers_alone.py compiles the others);
 * TRY is a whole initialiser, a whole assignment or a whole statement: inside a larger expression or a braced list
   GCC 12 forgets to destroy what was already built;
 * "" includes name an existing file, from src/;
 * places in memory are calculated by spans: only POINTER_FOLDERS add numbers to pointers;
 * a file has 500 lines at the most, a function 60.

Prints one line per finding, file:line: what.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = ROOT / "src"

# Not in the core: threads, files, streams, the environment, the process.
STANDARD_HEADERS = set("""
algorithm any array atomic bit bitset cassert cctype cerrno cfloat charconv chrono climits cmath compare concepts
cstddef cstdint cstdlib cstring deque exception execution expected format forward_list functional initializer_list
iterator limits list locale map memory memory_resource new numbers numeric optional queue random ranges ratio
set source_location span stack stdexcept string string_view system_error tuple type_traits typeindex typeinfo
unordered_map unordered_set utility valarray variant vector version
""".split()) - {"random", "locale", "execution"}
MOST_LINES, MOST_LINES_OF_FUNCTION = 500, 60
POINTER_FOLDERS = {"base", "crypto", "wire"}
INTRINSICS = {"immintrin.h", "arm_neon.h"}


def read_folders():
    """folder -> (world, every project folder it may include, prefixes of other headers or None for all)"""
    folders = {}
    for line in (HERE / "folders.txt").read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        name, world, rest = words[0], words[1], words[2:]
        nearest = [w for w in rest if w in folders]
        libraries = [w for w in rest if w not in folders and w != "-"]
        allowed = {name}
        for folder in nearest:
            allowed |= folders[folder][1]
        folders[name] = (world, allowed, None if "*" in libraries else tuple(libraries))
    return folders


def without_comments_and_strings(text):
    """The same lines with the insides of comments and literals blanked."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    pattern = r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, text, flags=re.S)


class Findings:
    def __init__(self):
        self.errors = []

    def error(self, path, line, what):
        self.errors.append(f"{path.relative_to(ROOT)}:{line}: {what}")


def check_includes(path, folder, rules, text, findings):
    world, allowed, libraries = rules
    is_test = path.name.endswith("_test.cpp")
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not match:
            continue
        quoted, name = match.group(1) == '"', match.group(2)
        if quoted:
            head = name.split("/")[0]
            if is_test and (ROOT / "tests" / name).is_file():
                continue
            if not (SOURCE / name).is_file():
                findings.error(path, number, f'"{name}" is no file of src/')
            elif head not in allowed:
                findings.error(path, number, f"{folder}/ may not include {head}/ (tests/architecture/folders.txt)")
        elif world == "core" and not is_test:
            if name not in STANDARD_HEADERS | INTRINSICS and not name.startswith(libraries):
                findings.error(path, number, f"<{name}> has no place in {folder}/, a folder of the core")
        elif world == "core" and "/" not in name and name.endswith(".h") and not name.startswith(libraries):
            findings.error(path, number, f"<{name}>: a test of the core needs no system either")


def check_opening(path, text, findings):
    header = path.with_suffix(".h")
    if path.suffix == ".h" and "#pragma once" not in text:
        findings.error(path, 1, "no #pragma once")
    if path.suffix == ".h" or not header.is_file():
        if not path.name.endswith("_test.cpp") and not text.startswith("//"):
            findings.error(path, 1, "the file does not open with a comment that says what it is for")
        return
    first = re.search(r'#\s*include\s*["<]([^">]+)[">]', text)
    if not first or first.group(1) != str(header.relative_to(SOURCE)):
        findings.error(path, 1, f'does not include "{header.relative_to(SOURCE)}" first')


def check_try(path, code, findings):
    """TRY( may follow only: the start of a statement, `=`, `co_return`/`return` never."""
    for match in re.finditer(r"\bTRY\s*\(", code):
        before = code[:match.start()].rstrip()
        line = code.count("\n", 0, match.start()) + 1
        if re.search(r"#\s*define\s*$", before):
            continue
        depth, end = 0, match.end() - 1
        for end in range(match.end() - 1, len(code)):
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            if depth == 0:
                break
        after = code[end + 1:].lstrip()[:1]
        starts = before[-1:] in ("", ";", "{", "}", ")", ":") or re.search(r"\belse$", before)
        assigns = before.endswith("=") and not re.search(r"[=!<>]=$", before)
        if before.endswith("{") and re.search(r"[\w>\])]\s*\{$", before) and not re.search(
                r"(\)|\bconst|\bnoexcept|\belse|\bdo|\boverride|\bmutable|>)\s*\{$", before):
            starts = None                                          # a braced initialiser: Type{TRY(...)}
        if before.endswith("{") and re.search(r"[=,(]\s*\{$|\breturn\s*\{$", before):
            starts = None
        if not (starts or assigns) or after != ";":
            findings.error(path, line, "TRY inside a larger expression: give its value a name first")


def check_order(path, text, findings):
    """The headers of a block are in the order of their names."""
    previous = None
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'#include ([<"][^>"]+)', line)
        name = include and include.group(1)
        if name and previous and name[0] == previous[0] and name < previous:
            findings.error(path, number, f"{name[1:]} is included behind {previous[1:]}: by name, please")
        previous = name


def check_pointers(path, folder, code, findings):
    if folder in POINTER_FOLDERS or path.stem.endswith("_test"):
        return
    for number, line in enumerate(code.splitlines(), 1):
        if re.search(r"\bdata\(\) *[+-] *\w", line):
            findings.error(path, number, "calculates with a pointer: subspan(), or parse_number() of base/text.h")


def check_sizes(path, text, findings):
    """A function's body is what stands between braces that have lines of their own."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        findings.error(path, len(lines), f"{len(lines)} lines: is there a seam?")
    opened = None
    for number, line in enumerate(lines, 1):
        if opened is None and line.strip() == "{":
            opened, end = number, line.replace("{", "}")
        elif opened is not None and line.startswith(end):
            if number - opened + 1 > MOST_LINES_OF_FUNCTION:
                findings.error(path, opened, f"a function of {number - opened + 1} lines: which idea in it has a name?")
            opened = None


def check_file(path, folders, findings):
    folder = path.relative_to(SOURCE).parts[0]
    if folder not in folders:
        findings.error(path, 1, f"{folder}/ is not in tests/architecture/folders.txt")
        return
    text = path.read_text()
    check_includes(path, folder, folders[folder], text, findings)
    check_order(path, text, findings)
    check_opening(path, text, findings)
    code = without_comments_and_strings(text)
    check_try(path, code, findings)
    check_pointers(path, folder, code, findings)
    check_sizes(path, text, findings)


def main():
    folders, findings = read_folders(), Findings()
    files = sorted(p for p in SOURCE.rglob("*") if p.suffix in (".h", ".cpp"))
    for path in files:
        check_file(path, folders, findings)
    for line in findings.errors:
        print(line)
    print(f"{len(files)} files, {len(findings.errors)} errors")
    return 1 if findings.errors or not files else 0


if __name__ == "__main__":
    sys.exit(main())
