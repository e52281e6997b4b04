#!/bin/sh
# Installs, uses, switches and removes the packages in a Debian tree, and looks whether the tree is then as it was.
#
#   debootstrap --variant=minbase bookworm TREE
#   packaging/make-packages.sh && packaging/try-packages.sh TREE      as root; fetches what the packages depend on
#
# Each step is a line; the status is 0 if all hold. Logins go over the loopback of a network namespace of their own.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
tree=${1:?usage: packaging/try-packages.sh TREE}
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 2; }
if [ -z "${NACRE_TRY_INSIDE-}" ]; then
    NACRE_TRY_INSIDE=1 exec unshare --mount --pid --fork --kill-child sh "$0" "$tree"
fi
log=$(mktemp)
failed=0
mount -t proc proc "$tree/proc"
mkdir -p "$tree/packages"
cp "$here"/build/packages/*.deb "$tree/packages/"
[ ! -e /etc/resolv.conf ] || cp /etc/resolv.conf "$tree/etc/resolv.conf"

inside()
{
    chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root sh -c "$1" \
        >"$log" 2>&1 </dev/null
}
step()                                                            # WHAT COMMAND: it succeeds
{
    if inside "$2"; then echo "holds  $1"; else echo "FAILS  $1"; sed 's/^/         /' "$log" | tail -n 20; failed=1; fi
}
# Everything but what packaging itself writes down.
snapshot()
{
    (cd "$tree" && find . -xdev \( -path ./proc -o -path ./packages -o -path ./var/cache -o -path ./var/log \
        -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./tmp -o -path ./etc/ld.so.cache \
        -o -path ./etc/resolv.conf -o -path ./var/lib/systemd -o -path ./run \) -prune -o \
        ! -name '*-' -printf '%p %M %U:%G %l\n') | sort
    (cd "$tree" && md5sum etc/passwd etc/group etc/ssh/* 2>/dev/null)
    ls "$tree/var/lib/dpkg/alternatives" "$tree/etc/alternatives"
    sort "$tree/var/lib/dpkg/diversions"
}
as_before()                                                       # WHAT FILE
{
    snapshot >"$log.now"
    if cmp -s "$2" "$log.now"; then echo "holds  $1"; else echo "FAILS  $1"; diff "$2" "$log.now" | head -n 20; failed=1; fi
}
apt="apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 install"
remove="apt-get -q -y -o Dpkg::Use-Pty=0 remove"
purge="apt-get -q -y -o Dpkg::Use-Pty=0 --autoremove purge"
# Whether our server starts with the machine.
wanted=/etc/systemd/system/multi-user.target.wants/nacre-sshd.service
# login SSHD SSH SSH-KEYGEN: a command through a server on a port of its own, with the tree's configuration, host keys and
# language.
login="login() {
    ip link set lo up 2>/dev/null
    id joe >/dev/null 2>&1 || useradd -m -s /bin/sh joe
    usermod -p '*' joe
    mkdir -p /run/sshd
    rm -rf /root/try; mkdir -m 700 /root/try
    \$3 -q -t ed25519 -N '' -f /root/try/key
    mkdir -p -m 700 ~joe/.ssh; cp /root/try/key.pub ~joe/.ssh/authorized_keys; chown -R joe: ~joe/.ssh
    \$1 -p 2200 -o PidFile=/root/try/pid -E /root/try/log || { cat /root/try/log; return 1; }
    n=0; until [ -s /root/try/pid ]; do n=\$((n+1)); [ \$n -lt 200 ] || return 1; sleep 0.05; done
    said=\$(\$2 -F none -i /root/try/key -o UserKnownHostsFile=/root/try/hosts -o StrictHostKeyChecking=accept-new \
        -p 2200 joe@127.0.0.1 'id -un; echo \"in <\$LANG>\"')
    kill \$(cat /root/try/pid)
    n=0; while id joe >/dev/null 2>&1; do userdel -r joe 2>/dev/null; n=\$((n+1)); [ \$n -lt 200 ] || return 1; sleep 0.05; done
    echo \"\$said\"; [ \"\$said\" = \"joe
in <\$(sed -n 's/^LANG=//p' /etc/default/locale 2>/dev/null)>\" ] || { cat /root/try/log; return 1; }
    rm -rf /root/try; rmdir --ignore-fail-on-non-empty /run/sshd; }"
ours="/usr/libexec/nacre/sshd nacre-ssh nacre-ssh-keygen"
beside="/packages/nacre-client_*.deb /packages/nacre-server_*.deb"

step "the tree knows its packages" "apt-get -q update"
echo "-- a bare machine"
snapshot >"$log.bare"
step "client and server install" "$apt $beside"
step "a login from one to the other" "$login; login $ours"
step "a login in the machine's language" "$login; test ! -e /etc/default/locale && echo LANG=C.UTF-8 >/etc/default/locale &&
    login $ours && rm /etc/default/locale"
step "nothing has OpenSSH's names" "! command -v ssh && ! command -v sshd"
step "ssh-keysign is set-user-ID root, and nothing else is" \
    "test \"\$(find /usr/libexec/nacre -perm /6000 -printf '%p %u')\" = '/usr/libexec/nacre/ssh-keysign root'"
step "its user, configuration and keys are there" \
    "getent passwd sshd && test -s /etc/ssh/sshd_config && test -s /etc/ssh/ssh_host_ed25519_key"
step "a second installation changes nothing of the configuration" "md5sum /etc/ssh/* >/tmp/before;
    apt-get -q -y -o Dpkg::Use-Pty=0 --reinstall install $beside && md5sum -c /tmp/before"
step "they are removed" "$purge nacre-client nacre-server"
as_before "the machine is as it was" "$log.bare"

echo "-- the library"
step "it installs, with what it stands on and a compiler" "$apt /packages/libnacre-dev_*.deb g++ cmake make pkg-config"
step "an example builds by pkg-config" "cd /tmp && g++ -std=c++23 /usr/share/doc/libnacre-dev/examples/many_sessions.cpp \
    -o many \$(pkg-config --cflags --libs nacre-core) && ./many 10"
step "all of them build by CMake" "mkdir /tmp/built && cd /tmp/built && cmake /usr/share/doc/libnacre-dev/examples && make"
step "they are removed" "rm -rf /tmp/built /tmp/many; $purge libnacre-dev g++ cmake make pkg-config"
as_before "the machine is as it was" "$log.bare"

echo "-- a machine with OpenSSH"
step "OpenSSH, with a configuration and a key of its own" "$apt openssh-client openssh-server &&
    echo 'LoginGraceTime 77' >>/etc/ssh/sshd_config"
snapshot >"$log.openssh"
step "client and server install beside it" "$apt $beside"
step "ssh and sshd are OpenSSH's still" "ssh -V 2>&1 | grep -v Nacre | grep OpenSSH && ! /usr/sbin/sshd -V 2>&1 | grep Nacre"
step "our server takes its configuration as it is" "/usr/libexec/nacre/sshd -T | grep 'logingracetime 77'"
step "a login with its host keys" "$login; login $ours"
step "nacre-openssh takes its place" "$apt /packages/nacre-openssh_*.deb"
step "ssh, scp, sshd and the manual are ours" "ssh -V 2>&1 | grep Nacre && /usr/sbin/sshd -V 2>&1 | grep Nacre &&
    readlink -f /usr/bin/scp | grep nacre && readlink -f /usr/share/man/man1/ssh.1.gz | grep nacre"
step "a login by the old names" "$login; login /usr/sbin/sshd ssh ssh-keygen"
step "an administrator chooses OpenSSH again" "update-alternatives --set ssh /usr/bin/ssh.openssh &&
    ssh -V 2>&1 | grep -v Nacre | grep OpenSSH && readlink -f /usr/bin/scp | grep openssh && readlink -f /usr/share/man/man1/scp.1.gz | grep openssh"
step "OpenSSH can be upgraded meanwhile" \
    "apt-get -q -y -o Dpkg::Use-Pty=0 --reinstall install openssh-client && update-alternatives --auto ssh && ssh -V 2>&1 | grep Nacre"
step "nacre-openssh is removed" "$purge nacre-openssh"
step "the names are OpenSSH's own files again" "test ! -L /usr/bin/ssh && ssh -V 2>&1 | grep -v Nacre | grep OpenSSH &&
    ! dpkg -V openssh-client openssh-server | grep -v sshd_config"
step "the rest is removed" "$purge nacre-client nacre-server"
as_before "the machine is as it was" "$log.openssh"
step "OpenSSH is removed" "$purge openssh-client openssh-server; userdel sshd 2>/dev/null; rm -rf /etc/ssh /run/sshd; exit 0"

echo "-- beside OpenSSH's server, which is purged"
step "both install" "$apt openssh-client openssh-server && echo 'LoginGraceTime 77' >>/etc/ssh/sshd_config &&
    $apt $beside"
step "ours does not start with the machine" "test ! -L $wanted"
step "only root reads the copy of what purging deletes" \
    "test \"\$(stat -c '%a %U' /var/lib/nacre-server/kept)\" = '700 root' &&
    test \"\$(stat -c '%a %U' /var/lib/nacre-server/kept/ssh_host_ed25519_key)\" = '600 root'"
step "OpenSSH's server goes" "md5sum /etc/ssh/ssh_host_* /etc/ssh/sshd_config >/tmp/before; $purge openssh-server"
step "host keys, configuration and user are there still" "md5sum -c /tmp/before && getent passwd sshd &&
    test \"\$(stat -c '%a %U' /etc/ssh/ssh_host_ed25519_key)\" = '600 root'"
step "no copy is kept any more" "test ! -e /var/lib/nacre-server/kept"
step "a login" "$login; login $ours"
step "host keys that an administrator deletes do not come back" "rm /etc/ssh/ssh_host_* &&
    dpkg-reconfigure nacre-server && test -s /etc/ssh/ssh_host_ed25519_key && ! md5sum -c /tmp/before"
step "the rest is removed" "$purge openssh-client nacre-client nacre-server"
step "nothing is left" "! ls /etc/ssh/ssh_host_* && ! test -e /etc/ssh/sshd_config && ! getent passwd sshd &&
    rm -rf /etc/ssh"

echo "-- where OpenSSH's server was removed, and comes back"
step "OpenSSH's server leaves its configuration" "$apt openssh-client openssh-server && $remove openssh-server &&
    test -e /etc/init.d/ssh"
step "ours starts with the machine" "$apt $beside && test -L $wanted"
step "it goes, OpenSSH's comes" "$remove nacre-server && $apt openssh-server"
step "ours, come back, leaves the port to it" "$apt $beside && test ! -L $wanted"
step "they are removed" "$purge openssh-client openssh-server nacre-client nacre-server;
    userdel sshd 2>/dev/null; rm -rf /etc/ssh /run/sshd; exit 0"

echo "-- OpenSSH's sftp-server without a server"
serves="readlink -f /usr/lib/openssh/sftp-server | grep"
page="readlink -f /usr/share/man/man8/sftp-server.8.gz | grep"
step "clients in OpenSSH's place leave it its name" "$apt openssh-sftp-server &&
    $apt /packages/nacre-client_*.deb /packages/nacre-openssh_*.deb &&
    test -x /usr/lib/openssh/sftp-server && $serves '[.]openssh' && $page '[.]openssh' && ! ls /etc/alternatives/sshd"
step "our server brings another" "$apt /packages/nacre-server_*.deb && $serves libexec/nacre && $page nacre-sftp-server &&
    test -x /usr/sbin/sshd"
step "which goes with it, and so does the name of sshd" "$purge nacre-server && $serves '[.]openssh' &&
    test ! -L /etc/alternatives/sshd && test ! -L /usr/sbin/sshd"
step "it is its own file again" "$purge nacre-openssh nacre-client && test ! -L /usr/lib/openssh/sftp-server &&
    test -x /usr/lib/openssh/sftp-server"
step "it is removed" "$purge openssh-sftp-server; rm -rf /etc/ssh /run/sshd; exit 0"

echo "-- in OpenSSH's place without it, and OpenSSH afterwards"
step "all three install" "$apt /packages/nacre-*.deb"
step "ssh and sshd are ours" "ssh -V 2>&1 | grep Nacre && /usr/sbin/sshd -V 2>&1 | grep Nacre"
step "OpenSSH comes, and waits beside" "$apt openssh-client && ssh -V 2>&1 | grep Nacre &&
    update-alternatives --list ssh | grep /usr/bin/ssh.openssh"
step "each ssh-agent has its modes" "test \"\$(stat -c '%a %G' /usr/libexec/nacre/ssh-agent)\" = '755 root' &&
    test \"\$(stat -c '%a %G' /usr/bin/ssh-agent.openssh)\" = '2755 _ssh'"
step "ours gives back the group that openssh-client lends it when it is configured again" "
    dpkg-reconfigure openssh-client && test \"\$(stat -c %G /usr/libexec/nacre/ssh-agent)\" = _ssh &&
    ssh-agent sh -c 'grep -x \"Gid:.0.0.0.0\" /proc/\$SSH_AGENT_PID/status' &&
    /usr/lib/nacre-openssh/alternatives.sh register && test ! -g /usr/libexec/nacre/ssh-agent"
step "ours go, OpenSSH's stays" "$purge nacre-openssh nacre-server nacre-client && ssh -V 2>&1 | grep -v Nacre | grep OpenSSH"
rm -rf "$tree/packages" "$log" "$log".*
umount "$tree/proc"
[ $failed = 0 ] && echo "all hold"
exit $failed
