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
fuzz=OFF
if [ $full = ON ] && command -v clang++-19 >/dev/null 2>&1; then
    fuzz=ON
fi

step "configure" cmake --preset release -DNACRE_FULL_TEST=$full -DNACRE_FUZZ_TEST=$fuzz --log-level=WARNING
step "build (release)" build release
if [ $full = ON ]; then
    step "configure (sanitizers)" cmake --preset asan --log-level=WARNING
    step "build (sanitizers)" build asan --target unit_tests
fi
if [ $fuzz = ON ]; then
    step "configure (fuzz targets)" cmake --preset fuzz --log-level=WARNING
    step "build (fuzz targets)" build fuzz --target fuzzers
fi
if [ $full = ON ]; then
    step "tests" ctest --test-dir build/release -j "$jobs" --output-on-failure --no-tests=error
else
    step "tests" ctest --test-dir build/release -j "$jobs" --output-on-failure --no-tests=error -L 'unit|source'
fi
