"""A name server of our own for scenarios in namespaces of their own: it answers from a table, on 127.0.0.1 port 53."""
import contextlib
import ipaddress
import pathlib
import socket
import struct
import threading

TYPES = {"A": 1, "AAAA": 28, "SSHFP": 44}


def _data(kind, value):
    """A record's data: an address as text, or (algorithm, hash, hexadecimal)."""
    if kind == "SSHFP":
        return bytes(value[:2]) + bytes.fromhex(value[2])
    return ipaddress.ip_address(value).packed


def _answer(query, table, authentic, held):
    position, labels = 12, []
    while query[position]:
        labels.append(query[position + 1:position + 1 + query[position]].decode().lower())
        position += 1 + query[position]
    question = query[12:position + 5]
    kind = struct.unpack(">H", question[-4:-2])[0]
    name = ".".join(labels)
    if name in held:
        held[name].wait()
    host = table.get(name)
    records = [_data(of_type, value) for of_type, value in host or () if TYPES[of_type] == kind]
    flags = 0x8180 | (0x20 if authentic else 0) | (0 if host is not None else 3)
    body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(r)) + r for r in records)
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + question + body


@contextlib.contextmanager
def name_server(world, table, authentic=False, trusted=True, held=()):
    """table: name -> [(type, value), ...].  `authentic`: says that DNSSEC vouches for it; `trusted`: and is believed.
    held: name -> threading.Event, before which nobody is answered."""
    world.need_isolation()
    for path, text in (("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:2" +
                        (" trust-ad" if trusted else "") + "\n"),
                       ("/etc/nsswitch.conf", "hosts: files dns\npasswd: files\ngroup: files\nshadow: files\n")):
        file = pathlib.Path(path)
        file.unlink(missing_ok=True)                              # it may be a link to outside of our /etc
        file.write_text(text)
        file.chmod(0o644)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        stop = b"stop"

        def serve():
            while True:
                query, peer = server.recvfrom(4096)
                if query == stop:
                    return
                with contextlib.suppress(IndexError, struct.error, OSError):
                    server.sendto(_answer(query, table, authentic, held), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.sendto(stop, ("127.0.0.1", 53))
            thread.join()
