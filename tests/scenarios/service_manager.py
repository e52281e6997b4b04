"""sshd under systemd's rules: it says when it is ready, takes the sockets it is given, and keeps its own over a reload."""
import signal
import socket
import subprocess
import sys
import time

from harness import check, free_port, promise, wait_until

NEEDS = ("ssh", "sshd", "ssh-keygen")

# Not by a shell: some know no descriptor beyond 9.
GIVE_AND_EXECUTE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Manager:
    """Starts sshd as a service manager would: NOTIFY_SOCKET, and perhaps a listening socket as descriptor 3."""

    def __init__(self, world, port, given=None):
        self.world, self.port = world, port
        key = world.key("ed25519")
        self.known_hosts = world.known_hosts(port, [key])
        authorized = world.new_file("authorized_keys", world.public(key) + "\n")
        authorized.chmod(0o644)
        config = world.new_file("sshd_config", "\n".join([
            f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {key}", f"AuthorizedKeysFile {authorized}", "PidFile none",
            "StrictModes no", "UsePAM no", "PerSourcePenalties no", "PermitRootLogin yes"]) + "\n")
        path = str(world.new_file("notify"))
        self.said = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.said.bind(path)
        self.said.settimeout(60)
        self.log = world.new_file("log", "")
        command = [world.ours("sshd"), "-D", "-E", self.log, "-f", config]
        if given:
            command = [sys.executable, "-c", GIVE_AND_EXECUTE, str(given.fileno()), *command]
        self.process = subprocess.Popen(command, env=world.client_environment(NOTIFY_SOCKET=path),
                                        pass_fds=[given.fileno()] if given else [])

    def hears(self, word):
        while True:
            lines = self.said.recv(4096).decode().splitlines()
            if any(line.startswith(word) for line in lines):
                return lines

    def login(self):
        self.world.ssh(self, "true").succeeded()

    def inode(self):
        """Of the socket that listens on the port."""
        for line in open("/proc/net/tcp").read().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == self.port:
                return fields[9]
        return None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.said.close()


def whole_life(manager):
    ready = manager.hears("READY=1")
    check(f"MAINPID={manager.process.pid}" in ready, "another process is named", str(ready))
    manager.login()
    before, sent = manager.inode(), time.monotonic_ns() // 1000
    manager.process.send_signal(signal.SIGHUP)
    reloading = manager.hears("RELOADING=1")
    when = [int(line.split("=")[1]) for line in reloading if line.startswith("MONOTONIC_USEC=")]
    check(len(when) == 1 and sent <= when[0] <= time.monotonic_ns() // 1000, "no time of the reload", str(reloading))
    manager.hears("READY=1")
    check(before and manager.inode() == before, "another socket listens after the reload")
    manager.login()
    manager.process.send_signal(signal.SIGTERM)
    manager.hears("STOPPING=1")
    wait_until(lambda: manager.process.poll() is not None, "the end")


@promise("sshd tells the service manager when it is ready, reloads and stops; its socket outlives a reload")
def own_socket(world):
    with Manager(world, free_port()) as manager:
        whole_life(manager)


@promise("a socket that is given is used instead of the configuration's, and kept over a reload")
def given_socket(world):
    with socket.create_server(("127.0.0.1", 0)) as given:
        port = given.getsockname()[1]
        with Manager(world, port, given) as manager:
            whole_life(manager)
