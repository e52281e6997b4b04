#!/bin/sh
# OpenSSH's own regression suite (Debian's package openssh-tests) against the programs of a directory.
#
#   tests/regress/run.sh BIN [TEST|@STAGE ...]     default: the whole suite
#   tests/regress/run.sh --expected BIN            the tests that expected.txt lists
#
# The runner is not part of this repository: REGRESS_RUNNER, else ../shared/regress/run-openssh-regress beside the
# checkout.  Without it, or without the package, the status is 77: skipped.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
expected=
[ "${1-}" != --expected ] || { expected=1; shift; }
bin=${1:?usage: tests/regress/run.sh [--expected] BIN [TEST ...]}
shift
runner=${REGRESS_RUNNER:-$here/../../../shared/regress/run-openssh-regress}
suite=${OPENSSH_REGRESS_DIR:-/usr/lib/openssh/regress}
[ -x "$bin/ssh" ] && [ -x "$bin/sshd" ] || { echo "skipped: no ssh and sshd in $bin"; exit 77; }
[ -x "$runner" ] || { echo "skipped: no runner at $runner (set REGRESS_RUNNER)"; exit 77; }
[ -f "$suite/test-exec.sh" ] || { echo "skipped: no suite at $suite (apt-get install openssh-tests)"; exit 77; }
if [ -n "$expected" ]; then
    set -- $(sed 's/#.*//' "$here/expected.txt")
    [ $# -gt 0 ] || { echo "skipped: no test is expected to pass yet"; exit 77; }
fi

# The tests run as another user, who may not be able to reach a checkout below a private folder.
programs=$(mktemp -d "${TMPDIR:-/tmp}/nacre-regress.XXXXXX") || exit 1
trap 'rm -rf "$programs"' EXIT
trap 'exit 130' HUP INT TERM
chmod 755 "$programs" && cp "$bin"/* "$programs" || exit 1

# The suite is of 2023, when a certificate that names nobody was everybody's: it is told to both sides, since that is not
# our default, nor OpenSSH's since 10.3.  Nor do its tests expect penalties for those who call again and again.
generation="AllowCertificatesWithoutPrincipals yes"
mv "$programs/ssh" "$programs/ssh.bin" || exit 1
printf '#!/bin/sh\nexec "%s/ssh.bin" -o"%s" "$@"\n' "$programs" "$generation" >"$programs/ssh" || exit 1
chmod 755 "$programs/ssh"
"$runner" -c "$generation
PerSourcePenalties no" -l "${REGRESS_LOGS:-$here/../../build/regress-logs}" "$programs" "$@"
