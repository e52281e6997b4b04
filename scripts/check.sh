#!/bin/sh
# What a reviewer should not have to say: order of includes, headers alone, clang-tidy, manual pages, layout.
#
#   scripts/check.sh [FILE.cpp ...]         default: all of src/ without the unit tests
#
# Layout (clang-format) is shown for the lines changed since main and fails nothing: tables may be aligned by hand.
cd "$(dirname -- "$0")/.." || exit 2
status=0
have() { command -v "$1" >/dev/null 2>&1 || { echo "left out: $1 is not installed"; return 1; }; }

echo "== source"
tests/architecture/check_source.py || status=1
echo "== headers alone"
tests/architecture/headers_alone.py || status=1

if have mandoc; then
    echo "== manual pages"
    for page in man/*.[1-8]; do
        [ ! -e "$page" ] || mandoc -T lint -W warning "$page" || status=1
    done
fi

if have clang-tidy-19 && have clang++-19; then
    echo "== clang-tidy"
    cmake --preset clang --log-level=WARNING || exit 1
    [ $# -gt 0 ] || set -- $(find src -name '*.cpp' ! -name '*_test.cpp' | sort)
    printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/clang --quiet 2>build/clang/tidy.log ||
        { status=1; grep -v 'warnings generated' build/clang/tidy.log; }
fi

if have clang-format-19 && git rev-parse -q --verify main >/dev/null; then
    echo "== layout of the lines changed since main"
    git clang-format-19 --diff main 2>/dev/null | head -n 200
fi
[ $status -eq 0 ] && echo "all good"
exit $status
