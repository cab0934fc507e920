"""TLS before a server that speaks none: a relay in threads of its own."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.support.certificates import Files


@contextmanager
def tls_before(port: int, files: Files) -> Iterator[int]:
    """Listen with TLS, pass everything on to a port of loopback; gives the port it listens on."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.private_key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                with suppress(OSError):
                    plain, _ = listening.accept()
                    threading.Thread(target=_relay, args=(context, plain, port)).start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _relay(context: ssl.SSLContext, plain: socket.socket, port: int) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(plain, server_side=True) as client,
        socket.create_connection(("127.0.0.1", port)) as server,
    ):
        back = threading.Thread(target=_pass_on, args=(server, client))
        back.start()
        _pass_on(client, server)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
