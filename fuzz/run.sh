#!/bin/sh
# Runs fuzz targets, each for some seconds, starting from the seeds in fuzz/corpus/NAME/.
#
#   fuzz/run.sh [-b DIR] [-s SECONDS] [-k] [NAME ...]      default: build/fuzz/fuzz, 60, all of them
#
# What breaks a target is kept in the build folder as NAME-crash-...; -k also adds inputs that reached new code to
# the seeds (minimised).  The status is 0 only if nothing broke.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
programs=$here/../build/fuzz/fuzz
seconds=60
keep=
while getopts b:s:k option; do
    case $option in
    b) programs=$OPTARG ;;
    s) seconds=$OPTARG ;;
    k) keep=1 ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

if [ $# -eq 0 ]; then
    for program in "$programs"/*_fuzz; do
        [ -x "$program" ] && set -- "$@" "$(basename "$program" _fuzz)"
    done
fi
[ $# -gt 0 ] || { echo "no fuzz targets in $programs" >&2; exit 2; }

status=0
for name in "$@"; do
    program=$programs/${name}_fuzz
    found=$(mktemp -d) || exit 2
    seeds=$here/corpus/$name
    mkdir -p "$seeds"
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$programs/$name-" "$found" "$seeds" >"$programs/$name.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$programs/$name.log")
        cover=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$programs/$name.log" | tail -n 1)
        echo "ok    $name: ${runs:-?} runs, coverage ${cover:-?}"
        [ -n "$keep" ] && "$program" -merge=1 "$seeds" "$found" >>"$programs/$name.log" 2>&1
    else
        status=1
        echo "BROKE $name: see $programs/$name.log"
        tail -n 40 "$programs/$name.log"
    fi
    rmdir "$seeds" 2>/dev/null
    rm -rf "$found"
done
exit $status
