#!/usr/bin/env python3
"""The reference of the library, made by Doxygen from the comments in the public headers.

usage: make.py [--check] OUTPUT_DIRECTORY

The public headers are those that include/nacre/core.h and runtime.h name.  Our comments are plain ones ("//" before a
declaration, or behind it on its line), so copies with Doxygen's marks are made for it; the comment that opens a file is also its
class's, if that has no other.  Every public type, function, alias and constant must have a comment; data members may be
explained by their type's.  What they are declared with must come from a public header, too, but for the types listed below.
With --check nothing more is done.  Status 77: Doxygen is not installed.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NOT_INSTALLED = 77
OF_EVERY_MESSAGE = re.compile(r" *static constexpr (std::string_view name =|MessageNumber number\{)")

DECLARES_TYPE = re.compile(r"^(?:(?:struct|class|enum class) (\w+)(?: final)?(?: :.*)?(?: *\{.*)?|using (\w+) =.*)$", re.M)
# What a setting or an answer points at, and nobody outside looks into: rows of the tables of algorithms, and what only our own
# programs set or ask.
OPAQUE = {"Cipher", "Mac", "Compression", "KexRow", "CompressionCount", "GroupSource", "Haste", "HostbasedSettings"}


def public_headers():
    """Names as users write them (nacre/base/bytes.h), and where they lie."""
    for part in ("core", "runtime"):
        umbrella = ROOT / "include/nacre" / f"{part}.h"
        yield f"nacre/{part}.h", umbrella
        for name in re.findall(r'#include "nacre/([^"]+)"', umbrella.read_text()):
            if (ROOT / "src" / name).is_file():
                yield f"nacre/{name}", ROOT / "src" / name


def outside_functions(lines):
    """Each line, and whether it lies outside of bodies, whose braces stand on lines of their own."""
    end = None
    for line in lines:
        if end is None and re.fullmatch(r" *\{", line):
            end = line.replace("{", "}")
            yield line, False
        elif end is not None:
            yield line, False
            end = None if line.startswith(end) else end
        else:
            yield line, True


def marked(text):
    """The header as Doxygen wants it."""
    out, waiting, opening, opened, in_fields = ["/// @file"], [], [], False, False

    def escaped(comment):
        return re.sub(r"[\\\\@]", r"\\\g<0>", comment)

    def flush(documents):
        out.extend(re.sub(r"// ?", "/// ", escaped(c), count=1) if documents else c for c in waiting)
        waiting.clear()

    for line, outside in outside_functions(text.splitlines()):
        if not opened and line.startswith("//"):
            out.append("/" + escaped(line))
            opening.append(out[-1])
            continue
        opened = True
        in_fields = in_fields or bool(re.match(r" *using fields( |$)", line))
        if in_fields or OF_EVERY_MESSAGE.match(line):
            in_fields = in_fields and not line.endswith(";")
            out.append("")
            continue
        comment = re.fullmatch(r" *//(?! ----).*", line)
        if outside and comment:
            waiting.append(line)
            continue
        if not outside or not line.strip() or line.lstrip().startswith("//"):
            flush(False)                                          # it heads a section, or a body
            out.append(line)
            continue
        behind = re.fullmatch(r"( *)(\S.*?\S) +// (.*)", line)
        goes_on = behind and (not behind[2].endswith((";", ",", "}")) or re.match(r"(enum|struct) .*};$", behind[2]))
        if goes_on:
            waiting.append(f"{behind[1]}// {behind[3]}")
        if line.startswith("class ") and not waiting and opening:
            out.extend(opening)
        if line.startswith(("class ", "struct ")):
            opening = []
        flush(True)
        if behind and not goes_on:
            line = f"{behind[1]}{behind[2]} ///< {escaped(behind[3])}"
        elif behind:
            line = behind[1] + behind[2]
        out.append(line)
    flush(False)
    return "\n".join(out) + "\n"


def is_documented(node):
    return any("".join(part.itertext()).strip() for part in (node.find("briefdescription"), node.find("detaileddescription"))
               if part is not None)


def needs_no_words(member):
    name, definition = member.findtext("name"), member.findtext("definition") or ""
    arguments = member.findtext("argsstring") or ""
    return (name.startswith(("~", "operator")) or "=delete" in arguments.replace(" ", "") or "=default" in arguments.replace(" ", "")
            or member.find("reimplements") is not None or member.get("kind") == "friend"
            or re.search(r"\b(\w+)::\1$", definition) and not arguments.strip("() ")      # constructors without arguments
            or re.search(r"\b(\w+)::\1$", definition) and re.search(r"\(const \w+ ?&|\w+ ?&&", arguments) is not None)


def undocumented(xml):
    """Where, and what."""
    compounds = [c for path in sorted(xml.glob("*.xml")) for c in ElementTree.parse(path).getroot().iter("compounddef")]
    hidden = [c.findtext("compoundname") for c in compounds if c.get("prot") == "private"] + ["nacre::detail", "std"]
    for compound in compounds:
        kind, name = compound.get("kind"), compound.findtext("compoundname")
        if kind not in ("struct", "class", "namespace") or any(f"{name}::".startswith(f"{h}::") for h in hidden):
            continue
        if kind != "namespace" and not is_documented(compound):
            yield compound.find("location"), name
        for member in compound.iter("memberdef"):
            is_data = member.get("kind") == "variable" and kind != "namespace" and member.get("static") == "no"
            if member.get("prot") != "private" and not is_data and not is_documented(member) and not needs_no_words(member):
                yield member.find("location"), f"{name}::{member.findtext('name')}"


def hidden_types(headers):
    """Types by name that only headers beside the public ones declare, and where."""
    public, waiting = {path for path in headers.values()}, list(headers.values())
    declared, hidden, seen = set(), {}, set(waiting)
    while waiting:
        path = waiting.pop()
        text = path.read_text()
        names = {a or b for a, b in DECLARES_TYPE.findall(text)}
        if path in public:
            declared |= names
        else:
            hidden.update(dict.fromkeys(names, path.relative_to(ROOT / "src")))
        for name in re.findall(r'#include "(?:nacre/)?([^"]+)"', text):
            other = ROOT / "src" / name
            if other not in seen and other.is_file():
                seen.add(other)
                waiting.append(other)
    return {name: path for name, path in hidden.items() if name not in declared and name not in OPAQUE}


def declared_with_hidden(xml, hidden):
    """Where a public declaration names such a type, and which."""
    compounds = [c for path in sorted(xml.glob("*.xml")) for c in ElementTree.parse(path).getroot().iter("compounddef")]
    for compound in compounds:
        name = compound.findtext("compoundname")
        if compound.get("kind") not in ("struct", "class", "namespace") or compound.get("prot") == "private" or "detail" in name:
            continue
        for member in compound.iter("memberdef"):
            parts = [member.find("type"), *member.findall("param/type")]
            words = " ".join("".join(part.itertext()) for part in parts if part is not None)
            if member.get("prot") != "private":
                for word in sorted(set(re.findall(r"\w+", words)) & hidden.keys()):
                    yield member.find("location"), f"{name}::{member.findtext('name')}", word


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    if len(arguments) != 1:
        print(__doc__)
        return 2
    if not shutil.which("doxygen"):
        print("left out: doxygen is not installed")
        return NOT_INSTALLED
    output = pathlib.Path(arguments[0]).resolve()
    shutil.rmtree(output, ignore_errors=True)
    headers = dict(public_headers())
    for name, path in headers.items():
        copy = output / "include" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(marked(path.read_text()))
    shutil.copy(ROOT / "docs/library.md", output / "include/library.md")
    version = re.search(r"project\(nacre VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())[1]
    settings = (HERE / "Doxyfile").read_text() + f"""
INPUT = {output}/include
STRIP_FROM_PATH = {output}/include
STRIP_FROM_INC_PATH = {output}/include
OUTPUT_DIRECTORY = {output}
USE_MDFILE_AS_MAINPAGE = {output}/include/library.md
PROJECT_NUMBER = {version}
LAYOUT_FILE = {HERE}/layout.xml
HTML_EXTRA_STYLESHEET = {HERE}/style.css
GENERATE_HTML = {"NO" if "--check" in sys.argv else "YES"}
"""
    ran = subprocess.run(["doxygen", "-"], input=settings, text=True, capture_output=True)
    print(ran.stderr.replace(f"{output}/include/nacre/", ""), end="")
    missing = [f"{location.get('file')}:{location.get('line')}: no comment: {what}"
               for location, what in undocumented(output / "xml")]
    hidden = hidden_types(headers)
    loose = [f"{location.get('file')}:{location.get('line')}: {what} is declared with {word}, of {hidden[word]}, which is not public"
             for location, what, word in declared_with_hidden(output / "xml", hidden)]
    for line in sorted(missing + loose):
        print(line.replace(f"{output}/include/", ""))
    print(f"{len(headers)} headers, {len(missing)} declarations without a comment, {len(loose)} with types of other headers")
    return 1 if missing or loose or ran.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
