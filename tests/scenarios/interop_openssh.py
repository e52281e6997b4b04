"""Every key exchange, cipher, MAC and key type that both know, with OpenSSH on the other side.

A pairwise choice of combinations; with --full every key exchange with every cipher with every MAC.
"""
import concurrent.futures
import itertools
import os

from harness import Broken, Skip, check, pairwise, promise

# What a signature algorithm needs, by name.
ALGORITHMS = {
    "ssh-ed25519": ("ed25519", None), "ecdsa-sha2-nistp256": ("ecdsa", 256), "ecdsa-sha2-nistp384": ("ecdsa", 384),
    "ecdsa-sha2-nistp521": ("ecdsa", 521), "rsa-sha2-512": ("rsa", 3072), "rsa-sha2-256": ("rsa", 2048),
    "ssh-rsa": ("rsa", 2048),
}


def is_aead(cipher):
    return "gcm" in cipher or "poly1305" in cipher


def common(world, query):
    ours, theirs = world.names(world.ours("ssh"), query), world.names(world.peer("ssh"), query)
    names = [n for n in ours if n in theirs]
    check(names, f"ssh -Q {query} of both have nothing in common", ours, theirs)
    return names


def combinations(world):
    ciphers, macs = common(world, "cipher"), common(world, "mac")
    protections = [(c, None) for c in ciphers if is_aead(c)] + [(c, m) for c in ciphers if not is_aead(c) for m in macs]
    exchanges = common(world, "kex")
    algorithms = [a for a in ALGORITHMS if a in common(world, "key-sig")]
    if world.full:
        keys = itertools.cycle([(h, u) for h in algorithms for u in algorithms])
        return [dict(kex=k, cipher=c, mac=m, host=h, user=u)
                for (k, (c, m)), (h, u) in zip(itertools.product(exchanges, protections), keys)]
    rows = pairwise(kex=exchanges, cipher=[c for c in ciphers if not is_aead(c)], mac=macs, host=algorithms,
                    user=algorithms)
    aead = pairwise(kex=exchanges, cipher=[c for c in ciphers if is_aead(c)], host=algorithms, user=algorithms)
    return rows + [dict(row, mac=None) for row in aead]


def try_all(world, client, server):
    rows = combinations(world)
    every = {q: ",".join(common(world, q)) for q in ("kex", "cipher", "mac")}
    algorithms = ",".join(a for a in ALGORITHMS if a in common(world, "key-sig"))
    keys = {kind: world.key(*kind) for kind in set(ALGORITHMS.values())}
    payload = os.urandom(50000)
    with world.sshd(server, host_keys=[keys[k] for k in (("ed25519", None), ("ecdsa", 256), ("ecdsa", 384),
                                                         ("ecdsa", 521), ("rsa", 3072))],
                    user_keys=list(keys.values()),
                    lines=[f"KexAlgorithms {every['kex']}", f"Ciphers {every['cipher']}", f"MACs {every['mac']}",
                           f"HostKeyAlgorithms {algorithms}", f"PubkeyAcceptedAlgorithms {algorithms}",
                           "LogLevel VERBOSE"]) as sshd:
        def one(row):
            options = [f"KexAlgorithms={row['kex']}", f"Ciphers={row['cipher']}", f"HostKeyAlgorithms={row['host']}",
                       f"PubkeyAcceptedAlgorithms={row['user']}", *([f"MACs={row['mac']}"] if row["mac"] else [])]
            ran = world.ssh(sshd, "cat", input=payload, program=client, options=options,
                            key=keys[ALGORITHMS[row["user"]]])
            return row, ran, ran.status == 0 and ran.out == payload

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
            failed = [(row, ran) for row, ran, good in pool.map(one, rows) if not good]
    print(f"    {len(rows)} combinations, {len(failed)} failed", flush=True)
    if failed:
        for row, ran in failed[1:20]:
            print(f"    also: {' '.join(str(v) for v in row.values())}: "
                  f"{(ran.err.decode(errors='replace').strip().splitlines() or ['?'])[-1]}")
        raise Broken(f"{len(failed)} of {len(rows)} combinations, such as {failed[0][0]}:\n{failed[0][1]}")


@promise("our ssh gets along with OpenSSH's sshd, whatever is negotiated")
def our_client(world):
    try_all(world, world.ours("ssh"), "openssh")


@promise("OpenSSH's ssh gets along with our sshd, whatever is negotiated")
def our_server(world):
    try_all(world, world.peer("ssh"), "nacre")


@promise("our ssh gets along with our sshd, whatever is negotiated")
def both_ours(world):
    if not world.full:
        raise Skip("only with --full: each side was tried against OpenSSH")
    try_all(world, world.ours("ssh"), "nacre")
