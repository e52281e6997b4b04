"""Ansible through our ssh to our sshd, to Debian's, and Debian's to ours: files, templates, commands, becoming root."""
import contextlib
import hashlib
import os
import pathlib
import textwrap

from harness import PASSWORD, check, free_port, promise, run
from pairs import for_each_pair

BIG = 4 << 20
PLAYBOOK = """
    - hosts: all
      gather_facts: false
      tasks:
        - name: a folder
          file: {path: "{{ place }}", state: directory, mode: "0750"}
        - name: a file
          copy: {src: payload, dest: "{{ place }}/payload", mode: "0640"}
        - name: a template
          template: {src: greeting.j2, dest: "{{ place }}/greeting"}
        - name: a command
          command: sha256sum payload
          args: {chdir: "{{ place }}"}
          register: sum
        - name: a shell that says no
          shell: echo oops >&2; exit 3
          ignore_errors: true
          register: oops
        - name: back to here
          fetch: {src: "{{ place }}/greeting", dest: "{{ back }}/{{ inventory_hostname }}", flat: true}
        - name: as it should be
          assert:
            that: ["oops.rc == 3", "oops.stderr == 'oops'", "sum.stdout.split()[0] == digest"]
    """
TRANSFERS = """
    - hosts: all
      gather_facts: false
      tasks:
        - name: a file
          copy: {src: payload, dest: "{{ place }}-payload"}
        - name: back to here
          fetch: {src: "{{ place }}-payload", dest: "{{ back }}/payload", flat: true}
    """
BECOMING = """
    - hosts: all
      gather_facts: false
      tasks:
        - name: who is it
          command: id -un
          become: true
          register: who
        - name: root
          assert: {that: "who.stdout == 'root'"}
    """


class Project:
    """A folder with inventory, configuration and playbook; our sftp and scp go with our ssh."""

    def __init__(self, world, sshd, ssh, hosts=("one",), connection=()):
        self.world, self.hosts = world, hosts
        self.folder, self.back = world.new_folder("project"), world.new_folder("back")
        self.place = world.remote_folder("ansible")
        (self.folder / "inventory").write_text("".join(
            self.inventory_line(host, world.user, sshd.port) for host in hosts))
        words = world.ssh_words(sshd, program=ssh)[1:]
        port = words.index("-p")                                  # sftp and scp mean something else by it
        del words[port:port + 2]
        arguments = " ".join([*words, "-C", "-o", "ControlMaster=auto", "-o", "ControlPersist=60s"])
        beside = pathlib.Path(ssh).parent
        (self.folder / "ansible.cfg").write_text("\n".join([
            "[defaults]", "inventory = inventory", "interpreter_python = /usr/bin/python3", "retry_files_enabled = false",
            f"local_tmp = {self.folder}/tmp", "nocows = true",
            "[ssh_connection]", f"ssh_executable = {ssh}", f"sftp_executable = {beside / 'sftp'}",
            f"scp_executable = {beside / 'scp'}", f"ssh_args = {arguments}",
            f"control_path_dir = {world.new_folder('cp')}", *connection]) + "\n")
        self.payload = os.urandom(BIG)
        (self.folder / "payload").write_bytes(self.payload)
        (self.folder / "greeting.j2").write_text("hello from {{ inventory_hostname }}\n")

    def inventory_line(self, host, user, port):
        return f"{host} ansible_host=127.0.0.1 ansible_port={port} ansible_user={user} place={self.place}/{host}\n"

    def play(self, playbook, *words):
        (self.folder / "playbook.yml").write_text(textwrap.dedent(playbook))
        digest = hashlib.sha256(self.payload).hexdigest()
        known = ["-e", f"back={self.back}", "-e", f"digest={digest}"]
        return run([self.world.peer("ansible-playbook"), "playbook.yml", *known, *words], cwd=self.folder,
                   env=self.world.client_environment(ANSIBLE_NOCOLOR="1")).succeeded()

    def check_files(self, ran):
        for host in self.hosts:
            there = self.place / host
            check((there / "payload").read_bytes() == self.payload, f"the file for {host}", ran)
            check((self.back / host).read_text() == f"hello from {host}\n", f"the template for {host}", ran)

    def leave(self):
        """Ends the masters that stay."""
        for path in pathlib.Path(self.folder.parent).glob("*cp/*"):
            run([self.world.ours("ssh"), "-F", "none", "-O", "exit", "-S", path, "any"])


@contextlib.contextmanager
def project(*arguments, **more):
    made = Project(*arguments, **more)
    try:
        yield made
    finally:
        made.leave()


@for_each_pair("a playbook copies, fills a template, runs commands, fetches; pipelined, over a connection that stays")
def playbook(world, sshd, ssh):
    with project(world, sshd, ssh, connection=["pipelining = true"]) as made:
        made.check_files(made.play(PLAYBOOK))
        check(sshd.log().count("Accepted publickey") == 1, "more than one login", sshd.log())


@promise("without pipelining modules are copied by sftp, by scp, by a pipe")
def transfer_methods(world):
    with world.sshd() as sshd:
        for method in ("sftp", "scp", "piped"):
            with project(world, sshd, world.ours("ssh"), connection=[f"transfer_method = {method}"]) as made:
                ran = made.play(TRANSFERS)
                check((made.back / "payload").read_bytes() == made.payload, f"the file by {method}", ran)


@promise("a host becomes root with a password that travels over standard input, pipelined or on a terminal")
def become(world):
    world.need_isolation()
    world.peer("sudo")
    pathlib.Path("/etc/sudoers.d/nacre-test").write_text(f"{world.user} ALL=(ALL) ALL\n")
    with world.sshd() as sshd:
        for pipelining in ("true", "false"):
            with project(world, sshd, world.ours("ssh"), connection=[f"pipelining = {pipelining}"]) as made:
                made.play(BECOMING, "-e", f"ansible_become_password='{PASSWORD}'")


@promise("a host that is not there, and one whose key is refused, are UNREACHABLE with the reason; the others are served")
def unreachable(world):
    with world.sshd() as sshd, project(world, sshd, world.ours("ssh"), hosts=("one", "two")) as made:
        with open(made.folder / "inventory", "a") as inventory:
            inventory.write(made.inventory_line("stranger", "nobody-here", sshd.port))
            inventory.write(made.inventory_line("gone", world.user, free_port()))
        ran = run([world.peer("ansible"), "all", "-m", "ping", "-o"], cwd=made.folder,
                  env=world.client_environment(ANSIBLE_NOCOLOR="1"))
        lines = {line.split(b" ")[0]: line for line in ran.out.splitlines()}
        check(b"SUCCESS" in lines[b"one"] and b"SUCCESS" in lines[b"two"], "the others are not served", ran)
        check(b"UNREACHABLE" in lines[b"stranger"] and b"Permission denied" in lines[b"stranger"], "the reason", ran)
        check(b"UNREACHABLE" in lines[b"gone"] and b"Connection refused" in lines[b"gone"], "the reason", ran)
