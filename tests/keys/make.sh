#!/bin/sh
# Makes the key files of this folder anew with OpenSSH's ssh-keygen ($1, default: the installed one).
#
# KEY is OpenSSH's form, KEY.CIPHER the same encrypted, KEY.pem and KEY.pkcs8 the others; passphrase "passphrase".
# facts.vec holds what ssh-keygen says about each: what we must say too.
set -eu
keygen=${1:-ssh-keygen}
cd "$(dirname "$0")"
rm -f ed25519* ecdsa* rsa* second* known_hosts* facts.vec

copy_as()                                                         # NAME SUFFIX ARGUMENTS…: converted
{
    cp "$1" "$1.$2"; chmod 600 "$1.$2"
    name=$1.$2; shift 2
    "$keygen" -q -p -P '' -f "$name" -a 2 "$@" >/dev/null
}

make()                                                            # NAME TYPE BITS
{
    "$keygen" -q -t "$2" -b "$3" -N '' -C "$1 of the tests" -f "$1"
    for cipher in aes256-ctr aes128-ctr aes192-ctr aes256-cbc aes128-cbc aes256-gcm@openssh.com \
                  chacha20-poly1305@openssh.com 3des-cbc; do
        [ "$1" = ed25519 ] || [ "$cipher" = aes256-ctr ] || continue
        copy_as "$1" "${cipher%@*}" -N passphrase -Z "$cipher"
    done
    for form in PEM PKCS8; do
        [ "$1" != ed25519 ] || continue
        suffix=$(echo $form | tr A-Z a-z)
        copy_as "$1" "$suffix" -N '' -m $form
        copy_as "$1" "$suffix.encrypted" -N passphrase -m $form
    done
    "$keygen" -e -f "$1.pub" | sed "s,converted by .* from,converted from," > "$1.rfc4716"
    {
        echo "Name = $1"
        echo "Type = $(cut -d' ' -f1 "$1.pub")"
        echo "Bits = $("$keygen" -lf "$1.pub" | cut -d' ' -f1)"
        echo "SHA256 = $("$keygen" -E sha256 -lf "$1.pub" | cut -d' ' -f2)"
        echo "MD5 = $("$keygen" -E md5 -lf "$1.pub" | cut -d' ' -f2)"
        echo "Babble = $("$keygen" -Bf "$1.pub" | cut -d' ' -f2)"
        "$keygen" -lvf "$1.pub" | sed -n '2,$p' | awk '{ printf "Art%d = %s\n", NR, $0 }'
        echo
    } >> facts.vec
}

make ed25519 ed25519 256
make ecdsa256 ecdsa 256
make ecdsa384 ecdsa 384
make ecdsa521 ecdsa 521
make rsa rsa 2048

"$keygen" -q -t ed25519 -N '' -C "another of the tests" -f second_ed25519
rm second_ed25519
awk '{ print "host.example", $1, $2; print "[host.example]:2222", $1, $2 }' ed25519.pub > known_hosts.hashed
"$keygen" -q -H -f known_hosts.hashed
rm known_hosts.hashed.old
chmod 644 ed25519* ecdsa* rsa* second* known_hosts*
