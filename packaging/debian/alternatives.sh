#!/bin/sh
# The names that OpenSSH's packages own, as alternatives.
#
#   alternatives.sh divert | register | unregister | give-back
#
# OpenSSH's files move aside to NAME.openssh by diversion, also those of a package that comes later.
set -eu
client="/usr/bin/scp /usr/bin/sftp /usr/bin/ssh-add /usr/bin/ssh-agent /usr/bin/ssh-keygen /usr/bin/ssh-keyscan
    /usr/bin/ssh-copy-id"
client_pages="ssh.1 scp.1 sftp.1 ssh-add.1 ssh-agent.1 ssh-keygen.1 ssh-keyscan.1 ssh-copy-id.1 ssh_config.5"
sftp_server=/usr/lib/openssh/sftp-server                          # a package of its own, also without a server
server_pages="sshd.8 sshd_config.5"
sftp_server_pages=sftp-server.8
groups="ssh sshd sftp-server"
ours=/usr/libexec/nacre
man=/usr/share/man

page()
{
    echo "$man/man${1##*.}/$1.gz"
}
everything()
{
    echo /usr/bin/ssh $client /usr/sbin/sshd $sftp_server
    for name in $client_pages $server_pages $sftp_server_pages; do page "$name"; done
}
# slaves openssh|nacre PROGRAMS PAGES: the part of the command line that names them.
slaves()
{
    for link in $2; do
        [ "$1" = nacre ] && target=$ours/${link##*/} || target=$link.openssh
        [ ! -e "$target" ] || printf -- '--slave %s %s %s\n' "$link" "${link##*/}" "$target"
    done
    for name in $3; do
        link=$(page "$name")
        [ "$1" = nacre ] && target=$(page "nacre-$name") || target=$link.openssh
        [ ! -e "$target" ] || printf -- '--slave %s %s.gz %s\n' "$link" "$name" "$target"
    done
}
# offer MASTER PROGRAMS PAGES: both suites' programs, as far as they are there.  A group of nothing is none.
offer()
{
    if [ ! -x "$ours/${1##*/}" ] && [ ! -x "$1.openssh" ]; then
        if [ -e "/var/lib/dpkg/alternatives/${1##*/}" ]; then
            update-alternatives --quiet --remove-all "${1##*/}"
        fi
        return
    fi
    offer_one "$1" "$ours/${1##*/}" 60 "$(slaves nacre "$2" "$3")"
    offer_one "$1" "$1.openssh" 50 "$(slaves openssh "$2" "$3")"
}
# offer_one MASTER TARGET PRIORITY SLAVES: what is gone is offered no more.
offer_one()
{
    if [ -x "$2" ]; then
        update-alternatives --install "$1" "${1##*/}" "$2" "$3" $4
    elif update-alternatives --list "${1##*/}" 2>/dev/null | grep -q -x -F -e "$2"; then
        update-alternatives --remove "${1##*/}" "$2"
    fi
}
# openssh-client makes /usr/bin/ssh-agent set-group-ID when it is configured, which follows the link to ours.
give_agents_their_modes()
{
    if [ -f "$ours/ssh-agent" ]; then
        chown root:root "$ours/ssh-agent"
        chmod 755 "$ours/ssh-agent"
    fi
    theirs=/usr/bin/ssh-agent.openssh
    if [ -f $theirs ] && getent group _ssh >/dev/null && ! dpkg-statoverride --list /usr/bin/ssh-agent >/dev/null; then
        chgrp _ssh $theirs
        chmod 2755 $theirs
    fi
}

case ${1-} in
divert)
    for file in $(everything); do
        dpkg-divert --package nacre-openssh --quiet --add --rename --divert "$file.openssh" "$file"
    done ;;
register)
    [ -d /usr/lib/openssh ] || mkdir /usr/lib/openssh
    offer /usr/bin/ssh "$client" "$client_pages"
    offer /usr/sbin/sshd "" "$server_pages"
    offer $sftp_server "" "$sftp_server_pages"
    give_agents_their_modes ;;
unregister)
    for group in $groups; do
        update-alternatives --quiet --remove-all $group || true
    done ;;
give-back)
    for file in $(everything); do
        dpkg-divert --package nacre-openssh --quiet --remove --rename --divert "$file.openssh" "$file"
    done
    rmdir --ignore-fail-on-non-empty /usr/lib/openssh 2>/dev/null || true ;;
*)
    sed -n '4s/^# *//p' "$0" >&2
    exit 2 ;;
esac
