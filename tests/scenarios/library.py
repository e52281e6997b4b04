"""The examples of the library, compiled as they stand in examples/, against our programs and OpenSSH's."""
import os

from harness import Server, Skip, check, free_port, promise, run

PEERS = ("nacre", "openssh")


def example(world, name):
    path = world.ours(name)
    if not path.exists():
        raise Skip("the examples are not built")
    return path


def way_to(world, sshd, known_hosts=None):
    return [world.user, "127.0.0.1", str(sshd.port), world.key(), known_hosts or sshd.known_hosts]


def with_each_server(sentence):
    def register(function):
        for peer in PEERS:
            def case(world, peer=peer):
                with world.sshd(peer) as sshd:
                    function(world, sshd)
            promise(f"{sentence} ({peer})")(case)
        return function
    return register


def with_each_client(sentence):
    def register(function):
        for peer in PEERS:
            promise(f"{sentence} ({peer})")(lambda world, peer=peer: function(world, world.client(peer)))
        return function
    return register


@with_each_server("exec_client gives a command its input and brings back output, errors and status")
def executes(world, sshd):
    ran = run([example(world, "exec_client"), *way_to(world, sshd), "cat; echo to-err >&2; exit 42"],
              b"in\n" * 100000, world.client_environment())
    check(ran.status == 42 and ran.out == b"in\n" * 100000 and ran.err == b"to-err\n", "something is lost", ran.status,
          len(ran.out), ran.err)


@with_each_server("exec_client trusts no other key than the one that is recorded")
def knows_host(world, sshd):
    other = world.known_hosts(sshd.port, [world.key(fresh=True)])
    for hosts in (other, world.new_file("no-hosts", "")):
        ran = run([example(world, "exec_client"), *way_to(world, sshd, hosts), "echo reached"], b"",
                  world.client_environment())
        check(ran.status == 255 and not ran.out and b"key" in ran.err, "a stranger was trusted, or nothing was said", ran)


@with_each_server("exec_client says what is wrong, and ends with 255")
def says_why(world, sshd):
    stranger = [world.user, "127.0.0.1", str(sshd.port), world.key(fresh=True), sshd.known_hosts]
    ran = run([example(world, "exec_client"), *stranger, "true"], b"", world.client_environment())
    check(ran.status == 255 and b"exec_client: " in ran.err, "no word of the refused login", ran)
    nobody = [world.user, "127.0.0.1", str(free_port()), world.key(), sshd.known_hosts]
    ran = run([example(world, "exec_client"), *nobody, "true"], b"", world.client_environment())
    check(ran.status == 255 and b"refused" in ran.err, "no word of the refused connection", ran)


@with_each_server("many_hosts runs a command on all hosts at once, and says what each has said or why it has not")
def runs_on_many(world, sshd):
    meeting = world.new_folder("meeting")
    meeting.chmod(0o777)
    # Each waits for the three others: one after the other would never end.
    meets = f"touch {meeting}/$$; while [ $(ls {meeting} | wc -l) -lt 4 ]; do sleep 0.05; done; echo met"

    def everywhere(command, *hosts):
        return run([example(world, "many_hosts"), world.user, world.key(), sshd.known_hosts, command, *hosts], b"",
                   world.client_environment())
    there, nowhere = f"127.0.0.1:{sshd.port}", f"127.0.0.1:{free_port()}"
    ran = everywhere(meets, *[there] * 4)
    report = f"== 127.0.0.1 port {sshd.port}: status 0\nmet\n".encode()
    check(ran.status == 0 and ran.out == report * 4, "a host is missing", ran)
    ran = everywhere("exit 3", there, nowhere)
    check(ran.status == 1 and b": status 3\n" in ran.out and b"refused" in ran.out, "no word of what has failed", ran)


@with_each_server("sftp_download brings a whole folder, with times and permissions")
def downloads(world, sshd):
    source = world.new_folder("tree")
    (source / "deeper").mkdir()
    contents = {"small": b"few", "deeper/large": os.urandom(3_000_000), "deeper/empty": b""}
    for name, data in contents.items():
        (source / name).write_bytes(data)
    os.utime(source / "small", (1_000_000_000, 1_000_000_000))
    (source / "small").chmod(0o604)
    target = world.new_file("copy")
    ran = run([example(world, "sftp_download"), *way_to(world, sshd), source, target], b"",
              world.client_environment()).succeeded()
    for name, data in contents.items():
        check((target / name).read_bytes() == data, f"{name} differs", ran)
    facts = (target / "small").stat()
    check(int(facts.st_mtime) == 1_000_000_000 and facts.st_mode & 0o777 == 0o604, "times or permissions are lost", facts)
    ran = run([example(world, "sftp_download"), *way_to(world, sshd), source / "missing", target / "x"], b"",
              world.client_environment())
    check(ran.status == 1 and b"No such file" in ran.err, "a missing file is no error", ran)


def example_server(world, name, *arguments):
    port, host_key = free_port(), world.key("ed25519", fresh=True)
    command = [example(world, name), str(port), host_key, *arguments]
    return Server(world, name, command, port, world.known_hosts(port, [host_key]))


@with_each_client("echo_server says back what it hears, to several at once")
def echoes(world, ssh):
    data = os.urandom(5_000_000)
    with example_server(world, "echo_server") as server:
        ran = world.ssh(server, "anything", input=data, program=ssh).succeeded()
        check(ran.out == data, f"{len(ran.out)} bytes came back of {len(data)}", ran.err)
        again = world.ssh(server, input=b"once more", program=ssh, flags=["-T"]).succeeded()
        check(again.out == b"once more", "the second client heard something else", again)
        refused = world.ssh(server, "true", program=ssh, flags=["-L", f"{free_port()}:127.0.0.1:1", "-W", "127.0.0.1:1"])
        check(refused.status != 0, "a forwarding was served", refused)


@with_each_client("own_authentication lets in who its rules let in, and nobody else")
def own_rules(world, ssh):
    owner = world.key()
    with example_server(world, "own_authentication", world.public(owner)) as server:
        def visit(user, *options, answer=None, key=owner, command=()):
            env = world.askpass(answer) if answer else {}
            return world.ssh(server, *command, program=ssh, user=user, key=key, flags=["-T"], env=env,
                             options=[*options, *(["BatchMode=no", "NumberOfPasswordPrompts=1"] if answer else [])])
        typed = ["PubkeyAuthentication=no", "PreferredAuthentications=password"]
        asked = ["PubkeyAuthentication=no", "PreferredAuthentications=keyboard-interactive"]
        for ran, who in ((visit("owner"), b"owner"), (visit("guest", *typed, answer="open sesame"), b"guest"),
                         (visit("player", *asked, answer="6"), b"player")):
            check(ran.status == 0 and ran.out == b"Welcome, " + who + b".\n", "not welcome", ran)
            check(b"private house" in ran.err, "no banner", ran)
        for ran in (visit("guest"), visit("owner", key=world.key(fresh=True)), visit("guest", *typed, answer="open"),
                    visit("owner", *typed, answer="open sesame"), visit("player", *asked, answer="7")):
            check(ran.status == 255 and not ran.out, "somebody was let in against the rules", ran)
        ran = visit("owner", command=["tea"])
        check(ran.status == 127 and b'no "tea"' in ran.err, "status or standard error is wrong", ran)


@promise("many_sessions serves them all in one thread")
def many(world):
    ran = run([example(world, "many_sessions"), "1000" if world.full else "200"], b"", world.client_environment(),
              limit=300).succeeded()
    check(b" sessions in " in ran.out, "no report", ran)


@with_each_client("memory_files shows its files, keeps what is brought, and refuses what is beyond it")
def files_in_memory(world, ssh):
    sftp = world.ours("sftp") if ssh == world.ours("ssh") else world.peer("sftp")
    brought, back = world.new_file("brought", os.urandom(3_000_000)), world.new_file("back")
    with example_server(world, "memory_files") as server:
        def does(lines):
            return run([*world.copy_command("sftp", server, "-b", "-", program=sftp), f"{world.user}@127.0.0.1"],
                       lines.encode(), world.client_environment())
        ran = does(f"ls -l\nput {brought} kept\nget kept {back}\n").succeeded()
        check(b"-rw-r--r--" in ran.out and b"hello.txt" in ran.out, "nothing is listed", ran)
        check(back.read_bytes() == brought.read_bytes(), "what came back differs", ran)
        for line, why in (("get missing", b"not found"), ("mkdir deeper", b""), (f"put {brought} a/b", b""),
                          ("rm hello.txt", b"Permission denied")):
            ran = does(line + "\n")
            check(ran.status == 1 and why in ran.err, f"no word of the refused \"{line}\"", ran)
