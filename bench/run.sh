#!/bin/sh
# Runs the micro-benchmarks of a build directory, then compares whole programs with the machine's OpenSSH.
#
#   bench/run.sh BUILD_DIR [sshbench arguments]
#
# SSHBENCH names sshbench.py, which is not part of this repository; without it the second part is left out.  It logs in
# to the account BENCH_USER (default: bench), which must exist.
build=${1:?usage: bench/run.sh BUILD_DIR}
shift
for program in "$build"/bench/*_bench; do
    [ -x "$program" ] || continue
    echo "== $(basename "$program")"
    "$program" --benchmark_min_time=0.2 || exit 1
done
if [ -z "${SSHBENCH-}" ] || [ ! -r "$SSHBENCH" ]; then
    echo "no sshbench.py (SSHBENCH=...): whole programs not compared"
    exit 0
fi
bin=$(CDPATH= cd -- "$build/bin" && pwd) || exit 1
[ $# -gt 0 ] || set -- --scenario startup --scenario connect --scenario bulk-up --scenario bulk-down
exec python3 "$SSHBENCH" --user "${BENCH_USER:-bench}" \
    --suite debian:root=/usr,sftp_server=/usr/lib/openssh/sftp-server \
    --suite "nacre:ssh=$bin/ssh,sshd=$bin/sshd,keygen=$bin/ssh-keygen" "$@"
