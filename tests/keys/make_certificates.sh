#!/bin/sh
# Makes the certificates, revocation lists and signatures of this folder anew with OpenSSH's ssh-keygen ($1).
#
# ca is an authority without a passphrase; KEY.user and KEY.host are certificates about the keys that make.sh made.
set -eu
keygen=${1:-ssh-keygen}
cd "$(dirname "$0")"
rm -f ca ca.pub *.user *.host krl.* message message.*

sign()                                                            # NAME SUFFIX ARGUMENTS…
{
    name=$1 suffix=$2; shift 2
    cp "$name.pub" copy.pub
    "$keygen" -q "$@" copy.pub
    mv copy-cert.pub "$name.$suffix"
    rm copy.pub
}

"$keygen" -q -t ed25519 -N '' -C 'authority of the tests' -f ca
for key in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa; do
    sign $key user -s ca -I "user $key" -z 42 -n alice,bob -V 20200101000000Z:20300101000000Z \
        -O force-command=date -O source-address=192.0.2.0/24,2001:db8::/32 -O no-pty
    sign $key host -s rsa -h -I "host $key" -z 7 -n host.example,*.wild.example -V always:forever
done
sign ed25519 strange.user -s ca -I strange -n alice -O critical:strange=things
sign ed25519 anybody.user -s ca -I anybody
sign ed25519 sha1.user -s rsa -t rsa-sha2-256 -I sha256 -n alice

printf 'serial: 1\nserial: 5-20\nserial: 1000-1000000\nserial: 30\nserial: 32\nserial: 34\nid: user rsa\n' > krl.spec
"$keygen" -q -k -f krl.certificates -s ca.pub -z 3 krl.spec
"$keygen" -q -k -f krl.any -s NONE krl.spec
"$keygen" -q -k -f krl.keys ed25519.pub ecdsa256.pub
{ printf 'sha1: '; cat ed25519.pub; printf 'sha256: '; cat rsa.pub; } > krl.spec
"$keygen" -q -k -f krl.hashes krl.spec
rm krl.spec

printf 'a message of the tests\n' > message
for key in ed25519 ecdsa256 ecdsa384 ecdsa521 rsa; do
    "$keygen" -q -Y sign -f $key -n tests message 2>/dev/null
    mv message.sig message.$key.sig
done
chmod 644 ca ca.pub *.user *.host krl.* message*
