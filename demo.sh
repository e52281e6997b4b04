#!/bin/sh
# Nacre in one command: builds it, starts its sshd on a free loopback port with throw-away keys, and logs in.
#
#   ./demo.sh            at a terminal: an interactive shell; otherwise some commands, and what was negotiated
#   ./demo.sh COMMAND    runs that command in the session
#
# Needs a bare Debian 12; the account is yours, root or not.  Everything it makes outside build/ lies in one temporary
# folder, which goes away at the end together with this sshd.
cd "$(dirname -- "$0")" || exit 2
set -u
bin=$PWD/build/release/bin

scripts/setup.sh build || exit 1
echo "Building Nacre (some minutes the first time) ..."
mkdir -p build/release
if ! { cmake --preset release --log-level=WARNING && cmake --build --preset release -j "$(nproc)" --target programs
} >build/release/demo.log 2>&1; then
    tail -n 40 build/release/demo.log
    exit 1
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/nacre-demo.XXXXXX") || exit 1
server=
leave()
{
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    rm -rf "$dir"
}
trap leave EXIT
trap 'exit 130' HUP INT TERM

"$bin/ssh-keygen" -q -t ed25519 -N '' -C 'demo host' -f "$dir/host_key" || exit 1
"$bin/ssh-keygen" -q -t ed25519 -N '' -C 'demo user' -f "$dir/user_key" || exit 1
cp "$dir/user_key.pub" "$dir/authorized_keys"
cat >"$dir/sshd_config" <<CONFIG
ListenAddress 127.0.0.1
HostKey $dir/host_key
AuthorizedKeysFile $dir/authorized_keys
PidFile none
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
PrintMotd no
CONFIG
chmod 700 "$dir"

is_listening() { grep -qi ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp; }
port=$((20000 + $$ % 20000))
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$((port + 1))
    is_listening $port && continue
    "$bin/sshd" -D -f "$dir/sshd_config" -p $port -E "$dir/sshd.log" &
    server=$!
    while kill -0 $server 2>/dev/null && ! is_listening $port; do sleep 0.1; done
    kill -0 $server 2>/dev/null && break
    wait $server
    server=
done
[ -n "$server" ] || { echo "sshd did not start:"; cat "$dir/sshd.log"; exit 1; }

echo "sshd $server listens on 127.0.0.1 port $port; its host key:"
"$bin/ssh-keygen" -l -f "$dir/host_key.pub"

# What the user's own configuration says does not matter here.
log_level=ERROR
login()
{
    "$bin/ssh" -F none -p $port -i "$dir/user_key" -o IdentitiesOnly=yes -o IdentityAgent=none \
        -o UserKnownHostsFile="$dir/known_hosts" -o GlobalKnownHostsFile=none \
        -o StrictHostKeyChecking=accept-new -o LogLevel="$log_level" "$@"
}
explain()
{
    echo "What sshd logged:"
    tail -n 20 "$dir/sshd.log"
    exit 1
}

if [ $# -gt 0 ]; then
    login 127.0.0.1 "$@"
    exit
elif [ -t 0 ] && [ -t 1 ]; then
    echo "Logging in; 'exit' ends the demo."
    login -t 127.0.0.1
    status=$?
    echo "That was Nacre at both ends. README.md goes on with your own servers; the programs are in $bin."
    exit $status
fi

echo
echo '$ ssh -v 127.0.0.1 true          (what was negotiated)'
log_level=DEBUG1
login 127.0.0.1 true 2>"$dir/negotiated" || { cat "$dir/negotiated"; explain; }
grep -E 'protocol version|kex: |[Ss]erver host key|Authenticated|Authentication succeeded' "$dir/negotiated" |
    sed 's/^/    /'
log_level=ERROR

echo '$ ssh 127.0.0.1 "id -un; uname -sr"'
login 127.0.0.1 'id -un; uname -sr' | sed 's/^/    /'

echo '$ echo mother of pearl | ssh 127.0.0.1 tr a-z A-Z'
said=$(echo mother of pearl | login 127.0.0.1 tr a-z A-Z)
echo "    $said"
[ "$said" = 'MOTHER OF PEARL' ] || explain

echo '$ ssh 127.0.0.1 exit 7; echo $?'
login 127.0.0.1 exit 7
status=$?
echo "    $status"
[ $status -eq 7 ] || explain

echo '$ head -c 64M /dev/urandom | tee >(cksum) | ssh 127.0.0.1 cat | cksum'
head -c 67108864 /dev/urandom >"$dir/data"
there=$(login 127.0.0.1 cat <"$dir/data" | cksum)
here=$(cksum <"$dir/data")
echo "    $here"
echo "    $there"
[ "$here" = "$there" ] || explain
echo
echo "All as it should be."
