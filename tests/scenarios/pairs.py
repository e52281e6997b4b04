"""Not a scenario: one promise for each pair of client and server."""
from harness import promise

PAIRS = [("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")]


def for_each_pair(sentence):
    """The function is called with the world, a running server and the client's path."""
    def register(function):
        for client, server in PAIRS:
            def case(world, client=client, server=server):
                with world.sshd(server) as sshd:
                    function(world, sshd, world.client(client))
            promise(f"{sentence} ({client} to {server})")(case)
        return function
    return register
