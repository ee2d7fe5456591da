#!/usr/bin/env python3
"""Opens ports of this machine's loopback interface to its containers: `infra/sam-local/relay.py 4566 4600`.

Docker on Linux gives containers the machine's address on their bridge, where `local` does not listen."""

import contextlib
import ipaddress
import selectors
import socket
import socketserver
import subprocess
import sys
import threading


def bridge():
    """The machine's address on the bridge: the one that it would speak to a container from."""
    form = "{{(index .IPAM.Config 0).Subnet}}"
    command = ["docker", "network", "inspect", "bridge", "--format", form]
    subnet = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    with socket.socket(type=socket.SOCK_DGRAM) as towards:
        towards.connect((str(ipaddress.ip_network(subnet)[2]), 1))
        return towards.getsockname()[0]


class Relay(socketserver.BaseRequestHandler):
    """One connection: what either side says goes to the other, until one of them has no more to say."""

    def handle(self):
        with socket.create_connection(("127.0.0.1", self.server.server_address[1])) as inner:
            other = {self.request: inner, inner: self.request}
            with selectors.DefaultSelector() as heard:
                for side in other:
                    heard.register(side, selectors.EVENT_READ)
                while True:
                    for key, _ in heard.select():
                        if not (said := key.fileobj.recv(65536)):
                            return
                        other[key.fileobj].sendall(said)


class Door(socketserver.ThreadingTCPServer):
    """Where containers knock."""

    daemon_threads = True


@contextlib.contextmanager
def relaying(*ports):
    """The ports are open for as long as the block lasts."""
    servers = [Door((bridge(), port), Relay) for port in ports]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    with relaying(*map(int, sys.argv[1:])):
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
