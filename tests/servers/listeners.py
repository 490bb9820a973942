"""Listeners that are no database servers."""
import socket
import threading
from contextlib import contextmanager


@contextmanager
def listener(greeting: bytes | None = None):
    """The port of a listener that accepts; says *greeting* to everybody and hangs up, or, for None, says nothing."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, greeting, kept), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for client in kept:
        client.close()


def _serve(server: socket.socket, greeting: bytes | None, kept: list[socket.socket]) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        if greeting is None:
            kept.append(client)
        else:
            with client:
                client.sendall(greeting)
                client.settimeout(2)
                while greeting and client.recv(1024):
                    break
