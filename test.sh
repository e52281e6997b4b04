#!/bin/sh
# Builds everything and runs every test: unit tests (also under the sanitizers), fuzz targets for a moment, real
# programs against other SSH suites, and the part of OpenSSH's regression suite that is expected to pass.
#
#   ./test.sh            from a bare Debian 12: installs what is missing first
#   ./test.sh -u         unit tests and source checks of the release build only
#
# The last line is ctest's verdict; the status is 0 only if nothing failed.
cd "$(dirname -- "$0")" || exit 2
case ${1-} in
'') full=ON ;;
-u) full=OFF ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
jobs=$(nproc)
started=$(date +%s)

step()
{
    printf '\n[%3ds] %s\n' $(($(date +%s) - started)) "$1"
    shift
    "$@" || { echo "failed: $*" >&2; exit 1; }
}
# Ninja's progress, a line now and then where nobody watches.
build()
{
    preset=$1
    shift
    if [ -t 1 ]; then
        cmake --build --preset "$preset" -j "$jobs" "$@"
    else
        log=build/$preset/build.log
        cmake --build --preset "$preset" -j "$jobs" "$@" >"$log" 2>&1 || { tail -n 60 "$log"; return 1; }
        tail -n 1 "$log"
    fi
}

kinds="build test"
[ $full = OFF ] || kinds="$kinds fuzz"
step "packages" scripts/setup.sh $kinds
# One tree has the unit tests and the fuzz targets under the sanitizers; without Clang, another has the unit tests.
sanitized=
if [ $full = ON ]; then
    sanitized=asan
    command -v clang++-19 >/dev/null 2>&1 && sanitized=fuzz
fi

step "configure" cmake --preset release -DNACRE_SANITIZED_TREE=$sanitized --log-level=WARNING
step "build (release)" build release
case $sanitized in
asan) targets=unit_tests ;;
fuzz) targets="unit_tests fuzzers" ;;
esac
if [ -n "$sanitized" ]; then
    step "configure (sanitizers)" cmake --preset $sanitized --log-level=WARNING
    step "build (sanitizers)" build $sanitized --target $targets
fi
if [ $full = ON ]; then
    step "tests" ctest --test-dir build/release -j "$jobs" --output-on-failure --no-tests=error
else
    step "tests" ctest --test-dir build/release -j "$jobs" --output-on-failure --no-tests=error -L 'unit|source'
fi
