"""A TCP proxy on this machine that can reset what runs through it, as a firewall or a failing router does."""
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import Factory, define

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@define
class Proxy:
    """`port` stands for the server's. `reset`: every client gets a RST. `stall`: nothing passes any more, and `held` is
    set when something wants to."""

    port: int
    flowing: threading.Event = Factory(threading.Event)
    held: threading.Event = Factory(threading.Event)
    clients: list[socket.socket] = Factory(list)

    def reset(self) -> None:
        for client in self.clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            client.close()
        self.clients.clear()

    def stall(self) -> None:
        self.flowing.clear()

    def wait_for_the_flow(self) -> None:
        if not self.flowing.is_set():
            self.held.set()
            self.flowing.wait()


@contextmanager
def proxy_of(host: str, port: int) -> Iterator[Proxy]:
    """A proxy of the server at *host* and *port*."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = Proxy(listening.getsockname()[1])
        threading.Thread(target=_accept, args=(listening, proxy, (host, port)), daemon=True).start()
        proxy.flowing.set()
        yield proxy
        proxy.flowing.set()
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, proxy: Proxy, server: tuple[str, int]) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        proxy.clients.append(client)
        upstream = socket.create_connection(server)
        threading.Thread(target=_forward, args=(client, upstream, proxy), daemon=True).start()
        threading.Thread(target=_forward, args=(upstream, client, proxy), daemon=True).start()


def _forward(source: socket.socket, target: socket.socket, proxy: Proxy) -> None:
    try:
        while data := source.recv(65536):
            proxy.wait_for_the_flow()
            target.sendall(data)
    except OSError:
        pass  # cut on purpose
    for end in (source, target):
        end.close()
