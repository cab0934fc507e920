"""What an exchange costs over HTTP/1.1, as we speak it, and over HTTP/2: docs/adr/0044.

    make bench-http2

The host is another process on loopback and speaks TLS 1.3. The client for HTTP/2 is the least that
there can be on `h2`: one connection, no time limits, no pool. Both have a process of their own in
each round; what counts is its processor time, the least of all rounds.
"""

import asyncio
import multiprocessing
import os
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.settings import SettingCodes, Settings
from rich.console import Console
from yarl import URL

from guardrail_gw.upstreams.connections import Connections, Shared, Target
from guardrail_gw.upstreams.names import NameBounds, Names
from guardrail_gw.upstreams.sessions import ResumingContext
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.certificates import Authority, Files

ROUNDS = 3
CASES = (("/whole", 1, 300), ("/whole", 64, 1500), ("/stream", 1, 8), ("/stream", 64, 128))
"""Path, exchanges at once, exchanges in all."""
ANSWER = b'{"choices":[{"message":{"role":"assistant","content":"' + b"a" * 500 + b'"}}]}'
PIECE = b'data: {"choices":[{"delta":{"content":" token"}}]}\n\n'
PIECES = 64
PAUSE_S = 0.0005
BODY = b'{"model":"m","messages":[{"role":"user","content":"' + b"b" * 540 + b'"}]}'
HEADERS = {
    "authorization": "Bearer sk-abc",
    "content-type": "application/json",
    "accept": "application/json, text/event-stream",
    "user-agent": "guardrail-gw",
}
Ask = Callable[[str], Awaitable[None]]


def main() -> None:
    """Measure and print."""
    spawn = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        ours, theirs = spawn.Pipe()
        files = authority.issue("localhost", "127.0.0.1")
        host = spawn.Process(target=serve, args=(files, theirs), daemon=True)
        host.start()
        ports = ours.recv()
        least: dict[tuple[str, int, str], float] = {}
        for _ in range(ROUNDS):
            for path, width, total in CASES:
                for name in ("HTTP/1.1", "HTTP/2"):
                    case = (name, ports, str(authority.certificate), path, width, total, theirs)
                    client = spawn.Process(target=measure, args=case)
                    client.start()
                    took_s = ours.recv()
                    client.join()
                    key = (path, width, name)
                    least[key] = min(took_s, least.get(key, took_s))
        host.kill()
    console = Console(highlight=False)
    for (path, width, name), took_s in least.items():
        console.print(f"{path:8} {width:3} at once  {name:9} {1e3 * took_s:.2f} ms")
    console.print(f"load {os.getloadavg()[0]:.1f}")


def measure(  # noqa: PLR0913, PLR0917 - of a process
    name: str,
    ports: tuple[int, int],
    authority: str,
    path: str,
    width: int,
    total: int,
    told: Connection,
) -> None:
    """One client: tell the processor time of an exchange, in seconds."""

    async def run() -> float:
        meet = one(ports[0], authority) if name == "HTTP/1.1" else two(ports[1], authority)
        async with meet as ask:
            await spread(ask, path, width, total)
            began = time.process_time()
            await spread(ask, path, width, total)
            return (time.process_time() - began) / total

    told.send(uvloop.run(run()))


async def spread(ask: Ask, path: str, width: int, total: int) -> None:
    """So many exchanges, so many at once."""
    left = total

    async def asking() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await ask(path)

    await asyncio.gather(*(asking() for _ in range(width)))


@asynccontextmanager
async def one(port: int, authority: str) -> AsyncIterator[Ask]:
    """HTTP/1.1 over kept connections, as the gateway speaks it."""
    shared = Shared(names=Names(NameBounds()), context=ResumingContext.made(authority))
    connections = Connections(Timeouts(connect_s=9, first_byte_s=60, idle_s=60), shared=shared)
    targets = {p: Target(URL(f"https://localhost:{port}{p}"), HEADERS) for p, _, _ in CASES}

    async def ask(path: str) -> None:
        answer = await connections.post(targets[path], BODY)
        while await answer.content.readany():
            pass
        answer.close()

    yield ask
    await connections.close()
    await shared.names.close()


@asynccontextmanager
async def two(port: int, authority: str) -> AsyncIterator[Ask]:
    """HTTP/2 over one connection."""
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(
        Client, "127.0.0.1", port, ssl=context, server_hostname="localhost"
    )
    await asyncio.sleep(0.05)  # the host says how much it takes
    yield client.ask
    client.transport.close()


class Client(asyncio.Protocol):
    """Streams over one connection."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[None]] = {}
        config = H2Configuration(validate_outbound_headers=False, normalize_outbound_headers=False)
        self.h2 = H2Connection(config)
        room = {SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20, SettingCodes.ENABLE_PUSH: 0}
        self.h2.local_settings = Settings(client=True, initial_values=room)

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Say how much we take."""
        self.transport = transport
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(1 << 28)
        transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        """Read, and let the host go on."""
        for event in self.h2.receive_data(data):
            if isinstance(event, DataReceived):
                size = event.flow_controlled_length
                self.h2.acknowledge_received_data(size, event.stream_id)
            elif isinstance(event, StreamEnded):
                self.waiting.pop(event.stream_id).set_result(None)
        if out := self.h2.data_to_send():
            self.transport.write(out)

    async def ask(self, path: str) -> None:
        """One exchange."""
        stream = self.h2.get_next_available_stream_id()
        self.waiting[stream] = ended = asyncio.get_running_loop().create_future()
        head = {":method": "POST", ":scheme": "https", ":authority": "localhost", ":path": path}
        self.h2.send_headers(stream, [*head.items(), *HEADERS.items()])
        self.h2.send_data(stream, BODY, end_stream=True)
        self.transport.write(self.h2.data_to_send())
        await ended


def serve(files: Files, ports: Connection) -> None:
    """Answer in both, each at a port of its own."""

    async def run() -> None:
        found = []
        for protocol, name in ((HostOne, "http/1.1"), (HostTwo, "h2")):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.certificate, files.private_key)
            context.set_alpn_protocols([name])
            loop = asyncio.get_running_loop()
            server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context)
            found.append(server.sockets[0].getsockname()[1])
        ports.send(tuple(found))
        await asyncio.Event().wait()

    uvloop.run(run())


class HostOne(asyncio.Protocol):
    """HTTP/1.1."""

    def __init__(self) -> None:
        self.got = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Answer here."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self.got += data
        while (ends := self.got.find(b"\r\n\r\n")) >= 0:
            whole = ends + 4 + len(BODY)
            if len(self.got) < whole:
                return
            is_stream, self.got = b"/stream" in self.got[:ends], self.got[whole:]
            if is_stream:
                self.task = asyncio.ensure_future(self.stream())
            else:
                head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
                self.transport.write(head + ANSWER)

    async def stream(self) -> None:
        """Piece by piece."""
        self.transport.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(PIECES):
            self.transport.write(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
            await asyncio.sleep(PAUSE_S)
        self.transport.write(b"0\r\n\r\n")


class HostTwo(asyncio.Protocol):
    """HTTP/2."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take much."""
        self.transport, self.paths, self.tasks = transport, {}, set()
        self.h2 = H2Connection(H2Configuration(client_side=False))
        self.h2.initiate_connection()
        self.h2.increment_flow_control_window(1 << 28)
        transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        for event in self.h2.receive_data(data):
            if isinstance(event, RequestReceived):
                headers = {bytes(k): bytes(v) for k, v in event.headers}
                self.paths[event.stream_id] = headers[b":path"]
            elif isinstance(event, DataReceived):
                size = event.flow_controlled_length
                self.h2.acknowledge_received_data(size, event.stream_id)
            elif isinstance(event, StreamEnded):
                self.answer(event.stream_id)
        self.transport.write(self.h2.data_to_send())

    def answer(self, stream: int) -> None:
        """As a whole, or begin to."""
        self.h2.send_headers(stream, [(":status", "200")])
        if self.paths.pop(stream) != b"/stream":
            self.h2.send_data(stream, ANSWER, end_stream=True)
            return
        task = asyncio.ensure_future(self.stream(stream))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def stream(self, stream: int) -> None:
        """Piece by piece."""
        for _ in range(PIECES):
            self.h2.send_data(stream, PIECE)
            self.transport.write(self.h2.data_to_send())
            await asyncio.sleep(PAUSE_S)
        self.h2.end_stream(stream)
        self.transport.write(self.h2.data_to_send())


if __name__ == "__main__":
    main()
