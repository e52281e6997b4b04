#!/bin/sh
# Runs fuzz targets, starting from the seeds in fuzz/corpus/NAME/.
#
#   fuzz/run.sh [-b DIR] [-s SECONDS] [-k] [NAME ...]              each once: build/fuzz/fuzz, 60, all of them
#   fuzz/run.sh -t TOTAL [-b DIR] [-s SECONDS] [-k] [NAME ...]     tally: SECONDS at a time until TOTAL are over
#
# What breaks a target is kept in the build folder as NAME-crash-...; -k also adds small inputs that reached new code to
# the seeds.  With -t the target with the least time in fuzz/hours.txt is next, what strangers reach before the rest; what
# was run is added there, and a finding sets its target back to nothing.  The status is 0 only if everything ran and
# nothing broke, 2 if there is no such target.

# Shorter stacks of allocations save up to a quarter of the time.
export ASAN_OPTIONS="${ASAN_OPTIONS-malloc_context_size=8}"
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
hours=$here/hours.txt
programs=$here/../build/fuzz/fuzz
seconds=60
total=
keep=
while getopts b:s:t:k option; do
    case $option in
    b) programs=$OPTARG ;;
    s) seconds=$OPTARG ;;
    t) total=$OPTARG ;;
    k) keep=1 ;;
    *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

if [ $# -eq 0 ]; then
    for program in "$programs"/*_fuzz; do
        [ -x "$program" ] && set -- "$@" "$(basename "$program" _fuzz)"
    done
fi
[ $# -gt 0 ] || { echo "no fuzz targets in $programs" >&2; exit 2; }
for name; do
    [ -x "$programs/${name}_fuzz" ] || { echo "no fuzz target \"$name\" in $programs: make fuzz builds them" >&2; exit 2; }
done

# Sets `taken`: the processor's time of our children so far, in seconds.  Beside others' work it is less than the clock's.
# `times` must run in this very shell.
count_time()
{
    times >"$scratch/times"
    taken=$(awk 'NR == 2 { for (i = 1; i <= 2; ++i) { split($i, part, /[ms]/); sum += part[1] * 60 + part[2] }
                           printf "%d", sum }' "$scratch/times")
}

# Runs $1; sets `runs` and `spent`.  Status: 0 clean, 1 broken, 2 interrupted, which is clean as far as it went, 3 not started
# or killed from outside (126, 127, 137), which says nothing of the code.
run_one()
{
    program=$programs/$1_fuzz
    log=$programs/$1.log
    seeds=$here/corpus/$1
    found=$scratch/found
    words=$programs/$1.dict
    [ -f "$words" ] || words=
    mkdir -p "$seeds" "$found"
    count_time
    before=$taken
    "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
        ${words:+"-dict=$words"} -artifact_prefix="$programs/$1-" "$found" "$seeds" >"$log" 2>&1
    ended=$?
    count_time
    spent=$((taken - before))
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    cover=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    case $ended in
    0 | 72) echo "ok    $1: ${runs:-?} runs in $spent s, coverage ${cover:-?}" ;;
    126 | 127 | 137) echo "NO VERDICT $1 (status $ended: not started, or killed): see $log"; tail -n 40 "$log" ;;
    *) echo "BROKE $1: see $log"; tail -n 40 "$log" ;;
    esac
    [ "$ended" = 0 ] && [ -n "$keep" ] && keep_new_code
    rmdir "$seeds" 2>/dev/null
    rm -rf "$found"
    case $ended in 0) return 0 ;; 72) return 2 ;; 126 | 127 | 137) return 3 ;; *) return 1 ;; esac
}

# Counts of how often code ran are for the search, not for the repository.
keep_new_code()
{
    find "$found" -type f -size +8k -exec rm -f {} +
    "$program" -merge=1 -use_counters=0 "$seeds" "$found" >>"$log" 2>&1
}

# The name of the target that is next: strangers' until each has its hour, then the others, then whichever has the least.
next_of()
{
    awk -v names="$*" '
        !/^#/ { who[$1] = $2; time[$1] = $3 }
        END {
            count = split(names, name, " ")
            for (i = 1; i <= count; ++i) {
                n = name[i]
                rank = time[n] >= 3600 ? 2 : who[n] == "own" || who[n] == "process"
                value = rank * 1e9 + time[n]
                if (i == 1 || value < least) { least = value; best = n }
            }
            print best
        }' "$hours"
}

# Adds to the row of target $1: $2 seconds, $3 executions; "reset" instead of them begins it anew.  Of several that run
# beside each other, with other targets, one writes at a time.
add_to_tally()
{
    flock 9 || exit 2
    awk -v name="$1" -v spent="$2" -v runs="${3:-0}" -v today="$(date -u +%Y-%m-%d)" '
        function row(n, who, time, all) { printf "%-16s %-8s %8d %13.0f  %s\n", n, who, time, all, today }
        /^#/ { next }
        $1 != name { print; next }
        { who = $2; time = $3; all = $4 }
        END { if (spent == "reset") row(name, who ? who : "peer", 0, 0)
              else row(name, who ? who : "peer", time + spent, all + runs) }' "$hours" | LC_ALL=C sort >"$scratch/rows"
    { sed -n '/^#/p' "$hours"; cat "$scratch/rows"; } >"$scratch/hours" && cat "$scratch/hours" >"$hours"
} 9<"$hours"

tally()
{
    end=$(($(date +%s) + total))
    while [ $# -gt 0 ] && [ -z "$stop" ] && [ "$(date +%s)" -lt "$end" ]; do
        name=$(next_of "$@")
        run_one "$name"
        ended=$?
        case $ended in
        1 | 3)
           status=1
           if [ $ended = 1 ]; then
               add_to_tally "$name" reset
               echo "its time in $hours begins anew, and it does not run again today"
           fi
           for other; do                                          # the same without it
               shift
               [ "$other" = "$name" ] || set -- "$@" "$other"
           done ;;
        2) stop=1; add_to_tally "$name" "$spent" "$runs" ;;
        *) add_to_tally "$name" "$spent" "$runs" ;;
        esac
    done
}

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
stop=
trap 'stop=1' INT TERM
status=0
if [ -n "$total" ]; then
    tally "$@"
else
    for name in "$@"; do
        [ -z "$stop" ] || break
        run_one "$name"
        case $? in 1 | 3) status=1 ;; 2) stop=1 ;; esac
    done
fi
exit $status
