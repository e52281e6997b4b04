#!/bin/sh
# Installs what packages.txt lists for the kinds named (build, test, fuzz, check, bench), if anything is missing.
#
#   scripts/setup.sh KIND...
#
# As root or with a sudo that does not ask; otherwise it says what to install and fails.  Only missing packages are
# touched.  Packages of the kinds fuzz, check and bench may be missing: what needs them is then left out.
#
# The tests want Debian's sshd and KDC as programs to run on loopback, not as services.  So while packages are installed
# no service is started (policy-rc.d, unless the machine has one already), and a service that came with this
# installation is not left enabled for the next boot.  A machine that has such a package already is left as it is.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2

packages_of() { sed -n "s/^$1 //p" "$here/packages.txt"; }
is_installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed$'; }
has_candidate() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not Debian: please see to the counterparts of these packages yourself:" >&2
    for kind in "$@"; do packages_of "$kind"; done | tr '\n' ' ' >&2
    echo >&2
    exit 0
fi

missing=
for kind in "$@"; do
    for package in $(packages_of "$kind"); do
        is_installed "$package" || missing="$missing $kind:$package"
    done
done
[ -n "$missing" ] || exit 0

names=$(printf '%s\n' $missing | sed 's/.*://' | tr '\n' ' ')
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root=sudo
else
    echo "Missing packages, and neither root nor sudo to install them.  Please run:" >&2
    echo "    apt-get install --no-install-recommends $names" >&2
    for entry in $missing; do
        case $entry in build:*|test:*) exit 1 ;; esac
    done
    exit 0
fi

echo "Installing: $names"
policy=/usr/sbin/policy-rc.d
own_policy=
if [ ! -e $policy ]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null && $as_root chmod 755 $policy
fi
tidy() { [ -z "$own_policy" ] || $as_root rm -f $policy; }
trap tidy EXIT
trap 'exit 1' HUP INT TERM

$as_root apt-get update -q >/dev/null || echo "apt-get update failed; trying with the package lists at hand" >&2
wanted=
for entry in $missing; do
    package=${entry#*:}
    if has_candidate "$package"; then
        wanted="$wanted $package"
    else
        echo "$package: not in this machine's package lists" >&2
        case $entry in build:*|test:*) exit 1 ;; esac
    fi
done
[ -n "$wanted" ] || exit 0
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $wanted >/dev/null || exit 1
leave_disabled() {                                                # PACKAGE UNIT
    case " $wanted " in
    *" $1 "*)
        if [ -d /run/systemd/system ]; then
            $as_root systemctl disable --quiet "$2" || exit 1
            echo "$1 is installed for the tests; its service is neither started nor enabled."
        fi ;;
    esac
}
leave_disabled openssh-server ssh.service
leave_disabled krb5-kdc krb5-kdc.service
leave_disabled krb5-admin-server krb5-admin-server.service
leave_disabled fail2ban fail2ban.service
leave_disabled tinysshd tinysshd.socket
