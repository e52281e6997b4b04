#!/bin/sh
# A newcomer's journey: what somebody does with Nacre in the first days, with no more than the README's knowledge.
#
#   run.sh --build DIR     installs that build (as root, by sudo) below a folder of its own, and uses it
#   run.sh --bin DIR       uses the programs in DIR
#
# For a throw-away account that has no ~/.ssh and may use sudo without a password, on a machine whose port 22 is free and
# whose /etc/ssh may be written to: tests/scenarios/journey.py makes one.  Each step prints a line that says what holds;
# the first that does not hold ends the journey with its output and status 1.
set -u
umask 022
unset SSH_AUTH_SOCK SSH_AGENT_PID

case ${1-} in
--build | --bin) [ $# -eq 2 ] ;;
*) false ;;
esac || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
[ ! -e ~/.ssh ] || { echo "there is a ~/.ssh: this is for a throw-away account" >&2; exit 2; }
sudo -n true || { echo "sudo asks for a password" >&2; exit 2; }

work=$(mktemp -d) || exit 2
logs=$work/logs
servers=$work/servers                                              # a process each, and whose: "PID" or "PID root"
: >"$servers"
mkdir "$logs"

# ---- steps, and what they are made of ----------------------------------------------------------------------------

steps=0
step()
{
    steps=$((steps + 1))
    begun=$(date +%s%N)
    (set -e; "$2") >"$logs/$2" 2>&1 </dev/null
    status=$?
    if [ $status -ne 0 ]; then
        printf 'FAILED (status %d): %s\n' "$status" "$1"
        sed 's/^/    /' "$logs/$2"
        for log in "$work"/*.log; do
            [ ! -f "$log" ] || { echo "    --- $log"; sudo tail -n 20 "$log" | sed 's/^/    /'; }
        done
        exit 1
    fi
    printf '%5d ms  %s\n' $((($(date +%s%N) - begun) / 1000000)) "$1"
}
leave()
{
    while read -r pid whose; do
        ${whose:+sudo} kill "$pid" 2>/dev/null
    done <"$servers"
    sudo rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' HUP INT TERM

# says TEXT FILE: the file has a line with this text.
says() { grep -qF -e "$1" "$2" || { echo "\"$1\" is not in $2:"; cat "$2"; return 1; }; }
# ends_with STATUS COMMAND...
ends_with()
{
    wanted=$1
    shift
    status=0
    "$@" || status=$?
    [ $status -eq "$wanted" ] || { echo "status $status instead of $wanted: $*"; return 1; }
}
refused() { ends_with 255 "$@"; }                                  # as ssh is when it is not let in
is_listening() { grep -qi ":$(printf %04X "$1") 0*:0000 0A" /proc/net/tcp; }
is_free() { ! is_listening "$1"; }                                 # `!` by itself never ends a step
wait_for()
{
    for _ in $(seq 200); do
        if "$@"; then return 0; fi
        sleep 0.05
    done
    echo "in vain: $*"
    return 1
}
stop()
{
    pid=$(cat "$1")
    sudo kill "$pid"
    wait_for gone "$pid"
}
gone() { ! sudo readlink "/proc/$1/exe" >/dev/null; }              # also where nobody has taken its status

# ---- the journey -------------------------------------------------------------------------------------------------

install_build()
{
    sudo cmake --install "$build" --prefix "$prefix" --strip >"$logs/cmake"
    [ -x "$bin/ssh" ]
    [ -x "$sbin/sshd" ]
    ssh -V 2>&1 | grep -q Nacre
    [ "$(command -v ssh)" = "$bin/ssh" ]
}

first_keys()
{
    ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519
    [ "$(stat -c %a ~/.ssh ~/.ssh/id_ed25519 | tr '\n' ' ')" = '700 600 ' ]
    ssh-keygen -lf ~/.ssh/id_ed25519.pub | grep -q '^256 SHA256:.* (ED25519)$'
}

# As the README has it.
own_server()
{
    ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/nacre_host_key
    cat ~/.ssh/id_ed25519.pub >>~/.ssh/authorized_keys
    "$sbin/sshd" -D -e -f none -p 2222 -h ~/.ssh/nacre_host_key -o PidFile=none -o 'Subsystem sftp internal-sftp' \
        >"$work/own.log" 2>&1 &
    echo $! >>"$servers"
    wait_for is_listening 2222
}

log_in()
{
    refused ssh -p 2222 localhost true 2>"$work/said"
    says 'there is no terminal to ask on' "$work/said"
    ssh-keyscan -p 2222 localhost >~/.ssh/known_hosts
    [ "$(ssh -p 2222 localhost id -un)" = "$(id -un)" ]
    ends_with 7 ssh -p 2222 localhost exit 7
    head -c 20M /dev/urandom >"$work/data"
    ssh -p 2222 localhost cat <"$work/data" | cmp - "$work/data"
}

# Three names for one machine: a host, one behind it, one behind that.
names()
{
    cat >~/.ssh/config <<'CONFIG'
Host home
    Port 2222
Host office
    Port 2222
    ProxyJump home
Host desk
    Port 2222
    ProxyJump office
Host home office desk
    HostName localhost
    ControlPath ~/.ssh/master-%C
CONFIG
    ssh home true
    ssh -G desk | grep -qx 'proxyjump office'
}

jump()
{
    ssh office 'echo $SSH_CONNECTION' | grep -q ' 2222$'
    [ "$(ssh desk hostname)" = "$(hostname)" ]
    ssh -J home,office -p 2222 localhost true
}

forward()
{
    mkdir "$work/site"
    echo welcome >"$work/site/page"
    python3 -m http.server -d "$work/site" -b 127.0.0.1 8001 >"$logs/site" 2>&1 &
    echo $! >>"$servers"
    wait_for is_listening 8001
    ssh -f -N -M -L 8002:localhost:8001 -D 8003 -R 8004:localhost:8001 -o ExitOnForwardFailure=yes home
    for url in localhost:8002/page localhost:8004/page '--socks5-hostname localhost:8003 localhost:8001/page'; do
        [ "$(curl -sS $url)" = welcome ]
    done
    ssh -O check home
    ssh -O cancel -L 8002:localhost:8001 home
    wait_for is_free 8002
    ssh -O exit home
}

copy_trees()
{
    mkdir -p "$work/tree/inner dir"
    for number in $(seq 200); do echo "$number" >"$work/tree/inner dir/$number"; done
    cp "$work/data" "$work/tree/large"
    ln -s large "$work/tree/link"
    scp -rpq "$work/tree" home:by-scp
    diff -r "$work/tree" ~/by-scp
    echo "get -r by-scp $work/by-sftp" | sftp -q -b - office
    diff -r "$work/tree" "$work/by-sftp"
    head -c 5M "$work/data" >~/half
    scp -q --resume "$work/data" home:half
    cmp "$work/data" ~/half
}

rsync_trees()
{
    rsync -a "$work/tree/" office:by-rsync
    rm "$work/tree/inner dir/7"
    rsync -a --delete "$work/tree/" office:by-rsync
    diff -r "$work/tree" ~/by-rsync
}

push_with_git()
{
    ssh home git init -q --bare -b main forge.git
    git init -q -b main "$work/repository"
    cd "$work/repository"
    git config user.name Newcomer
    git config user.email new@example.org
    echo text >file
    git add file
    git commit -q -m first
    git push -q office:forge.git main
    git clone -q home:forge.git "$work/clone"
    cmp file "$work/clone/file"
}

sign_a_commit()
{
    eval "$(ssh-agent -s)" >/dev/null
    trap 'ssh-agent -k >/dev/null' EXIT
    ssh-keygen -q -t ed25519 -N '' -f "$work/signing"
    ssh-add -q "$work/signing"
    rm "$work/signing"                                             # the agent has it
    echo "new@example.org $(cat "$work/signing.pub")" >"$work/signers"
    cd "$work/repository"
    git config gpg.format ssh
    git config user.signingKey "$work/signing.pub"
    git config gpg.ssh.allowedSignersFile "$work/signers"
    echo more >>file
    git commit -q -S -a -m second
    git verify-commit HEAD 2>"$work/said"
    says 'Good "git" signature for new@example.org' "$work/said"
    git push -q home:forge.git main
}

run_ansible()
{
    mkdir "$work/project"
    cd "$work/project"
    printf '%s\n' home desk >inventory
    cat >playbook.yml <<'PLAYBOOK'
- hosts: all
  gather_facts: false
  vars: {ansible_python_interpreter: /usr/bin/python3}
  tasks:
    - copy: {content: "for {{ inventory_hostname }}\n", dest: "~/from-ansible-{{ inventory_hostname }}"}
    - command: id -un
      become: true
      register: who
    - assert: {that: "who.stdout == 'root'"}
PLAYBOOK
    ansible-playbook -i inventory playbook.yml
    for host in home desk; do [ "$(cat ~/"from-ansible-$host")" = "for $host" ]; done
    for master in ~/.ansible/cp/*; do ssh -O exit -S "$master" any; done   # which would stay for a minute
}

# ---- as an administrator -----------------------------------------------------------------------------------------

# The machine's own server, by the files that are there.
theirs()
{
    ls /etc/ssh/ssh_host_*_key >/dev/null 2>&1 || sudo /usr/bin/ssh-keygen -A
    printf 'PidFile /run/sshd.pid\nPasswordAuthentication yes\n' | sudo tee /etc/ssh/sshd_config.d/site.conf >/dev/null
    sudo sha256sum /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* /etc/ssh/ssh_host_* >"$work/files"
    sudo /usr/sbin/sshd -E "$work/theirs.log"
    wait_for is_listening 22
    ssh -o StrictHostKeyChecking=accept-new localhost true
    stop /run/sshd.pid
    sudo rm -f /run/sshd.pid
}

replace_sshd()
{
    sudo "$sbin/sshd" -t
    sudo "$sbin/sshd" -E "$work/sshd.log"
    wait_for is_listening 22
    echo "$(cat /run/sshd.pid) root" >>"$servers"
    ssh -o StrictHostKeyChecking=yes localhost true
    /usr/bin/ssh -o StrictHostKeyChecking=yes localhost true
    sudo sha256sum --quiet -c "$work/files"
    scp -q localhost:/etc/hostname "$work/hostname"
    answers "$JOURNEY_PASSWORD" ssh -o PubkeyAuthentication=no localhost true
}

# answers WORD COMMAND...: the word for every question.
answers()
{
    printf '#!/bin/sh\necho "%s"\n' "$1" >"$work/askpass"
    chmod 700 "$work/askpass"
    shift
    SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force "$@"
}

reload()
{
    ssh -M -N -f -S "$work/kept" localhost                         # must live through it
    echo 'AllowUsers *@127.0.0.1 *@::1' | sudo tee -a /etc/ssh/sshd_config.d/site.conf >/dev/null
    take_up_changes
    ssh localhost true
    ssh -S "$work/kept" localhost true
    ssh -S "$work/kept" -O exit localhost
}
take_up_changes()
{
    before=$(times_started)
    sudo kill -HUP "$(cat /run/sshd.pid)"
    wait_for started_again "$before"
}
times_started() { sudo grep -c 'Server listening' "$work/sshd.log"; }
started_again() { [ "$(times_started)" -gt "$1" ]; }

read_log()
{
    log=$work/sshd.log
    [ "$(stat -c %a "$log")" = 600 ]
    ssh-keygen -q -t ed25519 -N '' -f "$work/stranger"
    refused ssh -i "$work/stranger" -o IdentitiesOnly=yes -o BatchMode=yes localhost true 2>"$work/said"
    says "$work/stranger" "$work/said"
    refused answers wrong ssh -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 localhost true
    refused ssh -o BatchMode=yes nobody-here@localhost true
    sudo cat "$log" >"$work/log"
    me=$(id -un)
    fingerprint=$(ssh-keygen -lf "$work/stranger.pub" | cut -d' ' -f2)
    says "Failed publickey for $me from" "$work/log"
    says "$fingerprint" "$work/log"
    says "Failed password for $me from" "$work/log"
    says "Invalid user nobody-here from" "$work/log"
    says "Accepted publickey for $me from" "$work/log"
}

certificates()
{
    ssh-keygen -q -t ed25519 -N '' -C 'the site' -f "$work/ca"
    ssh-keygen -q -t ed25519 -N '' -f "$work/guest"
    ssh-keygen -q -s "$work/ca" -I guest-1 -n "$(id -un)" -V +1h "$work/guest.pub"
    ssh-keygen -Lf "$work/guest-cert.pub" | grep -q 'Key ID: "guest-1"'
    sudo install -m 644 "$work/ca.pub" /etc/ssh/ca.pub
    sudo ssh-keygen -q -k -f /etc/ssh/revoked
    printf 'TrustedUserCAKeys /etc/ssh/ca.pub\nRevokedKeys /etc/ssh/revoked\n' |
        sudo tee -a /etc/ssh/sshd_config.d/site.conf >/dev/null
    take_up_changes
    ssh -i "$work/guest" -o IdentitiesOnly=yes localhost true
    echo 'id: guest-1' >"$work/revoke"
    sudo ssh-keygen -q -k -u -f /etc/ssh/revoked -s "$work/ca.pub" "$work/revoke"
    refused ssh -i "$work/guest" -o IdentitiesOnly=yes -o BatchMode=yes localhost true
    sudo cat "$work/sshd.log" >"$work/log"
    says 'revoked' "$work/log"
}

lint()
{
    ssh --lint >"$work/said" || { cat "$work/said"; return 1; }
    printf 'Host *\n    StrictHostKeyCheking no\n' >"$work/config"
    status=0
    ssh --lint -F "$work/config" >"$work/said" 2>&1 || status=$?
    [ $status -ne 0 ]
    says "$work/config" "$work/said"
    says StrictHostKeyChecking "$work/said"
    status=0
    sudo "$sbin/sshd" --lint >"$work/said" || status=$?
    [ $status -lt 2 ] || { cat "$work/said"; return 1; }           # it runs by that: no errors
    printf 'Port 22\nPermitRootLogn no\n' >"$work/config"
    status=0
    "$sbin/sshd" --lint -f "$work/config" >"$work/said" 2>&1 || status=$?
    [ $status -ne 0 ]
    says PermitRootLogin "$work/said"
    ssh -G --explain office | grep -q "$HOME/.ssh/config"
}

leave_no_trace()
{
    stop /run/sshd.pid
    is_free 22
    [ ! -e /run/sshd.pid ]
}

if [ "$1" = --build ]; then
    build=$2 prefix=$work/nacre bin=$work/nacre/bin sbin=$work/nacre/sbin
    chmod 755 "$work"
    PATH=$bin:$sbin:$PATH
    step "the build is installed, and found by its names" install_build
else
    bin=$2 sbin=$2
    PATH=$bin:$PATH
fi
export PATH
step "a key is made, and only its owner may read it" first_keys
step "a server of one's own runs on a port of one's own" own_server
step "a login, once the host's key is known; statuses and 20 MiB come back as they are" log_in
step "names for hosts in ~/.ssh/config" names
step "a login behind one jump host, and behind two" jump
step "ports forwarded there, back, and by SOCKS; cancelled while the connection goes on" forward
step "trees are copied by scp and sftp, a broken copy is resumed" copy_trees
step "trees are kept equal by rsync" rsync_trees
step "git pushes and clones" push_with_git
step "a commit is signed with an agent's key, and verified" sign_a_commit
step "ansible copies and becomes root, behind jump hosts too" run_ansible
step "OpenSSH's server is on port 22" theirs
step "ours is there in its place, with its configuration and host keys; nobody notices" replace_sshd
step "a change of the configuration is taken up, and nobody is thrown out" reload
step "the log says why a login failed" read_log
step "a certificate lets in, and no more once it is revoked" certificates
step "mistakes in configurations are found, with file and line" lint
step "the server stops, and leaves nothing" leave_no_trace
echo "$steps steps, and all of them hold."
