"""The warm parent of the detectors, forked or as `python -m guardrail_gw.detection.host FD`.

It loads everything once, scans a first text, freezes what it has (so that the garbage collector
does not touch, and thereby copy, shared pages) and forks a detector each time a gateway sends it a
socket. It keeps no text: requests go from the gateway to a detector.

Each gateway has a SOCK_SEQPACKET socket to it, on which it sends the settings; the answer is
`{"ready": ...}`, with what is found and which of it elsewhere only, or `{"error": ...}`. After that
each packet is a slot's number with one file descriptor: the slot's old detector, if it still runs,
is killed, and a new one serves the descriptor. When a gateway is gone, its detectors are killed.

A host that was started as a program serves one gateway, and ends with it. One that was forked has
a trunk, a socket that brings the settings first, and then with each packet a gateway's socket; it
ends when nobody holds the other end of that.
"""

import logging
import os
import select
import signal
import socket
import sys
import warnings
from types import FrameType
from typing import NoReturn

import orjson

from guardrail_gw.core.memory import settle
from guardrail_gw.detection.detectable import elsewhere
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.serve import serve
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.voice import Voice
from guardrail_gw.errors import ConfigError
from guardrail_gw.forking import die_with_parent

PACKET = 64 * 1024
"""The longest packet in either direction, in bytes."""


class Client:
    """One gateway, and the detectors that it has."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.is_greeted = False
        self.running: dict[int, int] = {}
        """Slot -> process id, of detectors that were not reaped yet."""


class Host:
    """Forks detectors that share one engine."""

    def __init__(self, engine: Engine, memory_limit_mb: int, voice: Voice, greeting: bytes) -> None:
        self._voice = voice
        self._engine = engine
        self._memory_limit_mb = memory_limit_mb
        self._greeting = greeting
        self._trunk: socket.socket | None = None
        self._clients: list[Client] = []

    def run(self, client: Client) -> None:
        """Serve one gateway until it is gone."""
        self._clients.append(client)
        self._go_on()

    def run_all(self, trunk: socket.socket) -> None:
        """Serve every gateway that comes through a trunk, until that is closed."""
        self._trunk = trunk
        self._go_on()

    def _go_on(self) -> None:
        signal.signal(signal.SIGCHLD, self._reap)
        while self._trunk is not None or self._clients:
            sockets = {c.control: c for c in self._clients}
            waited = [*sockets, *([self._trunk] if self._trunk else [])]
            for ready in select.select(waited, [], [])[0]:
                if ready is self._trunk:
                    self._take(self._trunk)
                else:
                    self._serve(sockets[ready])
        for client in self._clients:
            self._leave(client)

    def _take(self, trunk: socket.socket) -> None:
        """Another gateway; or nobody holds the trunk any more, and all are gone."""
        try:
            packet, descriptors, _, _ = socket.recv_fds(trunk, PACKET, 1)
        except OSError:
            packet, descriptors = b"", []
        if packet and descriptors:
            self._clients.append(Client(socket.socket(fileno=descriptors[0])))
            return
        self._trunk = None
        for client in list(self._clients):
            self._leave(client)

    def _serve(self, client: Client) -> None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(client.control, PACKET, 1)
            if packet and not client.is_greeted:
                client.is_greeted = True
                client.control.send(self._greeting)
                return
        except OSError:
            packet, descriptors = b"", []
        if not packet or not descriptors:
            self._leave(client)
        else:
            self._replace(client, int(packet), descriptors[0])

    def _leave(self, client: Client) -> None:
        self._clients.remove(client)
        for slot in list(client.running):
            self._kill(client, slot)
        client.control.close()

    def _replace(self, client: Client, slot: int, descriptor: int) -> None:
        self._kill(client, slot)
        # the handler must not run between the fork and the note of its child
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            pid = os.fork()
            if pid == 0:
                self._become_detector(descriptor)
            client.running[slot] = pid
        except OSError as error:  # no process now: the gateway sees the line closed, and asks again
            self._voice.say(type(error).__name__)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            os.close(descriptor)

    def _become_detector(self, descriptor: int) -> NoReturn:
        status = 1
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            for held in (self._trunk, *(client.control for client in self._clients)):
                if held is not None:
                    held.close()  # else nobody would notice that its other end is alone
            die_with_parent()
            # Open until the end: whoever sees it closed may kill this process before it has spoken.
            line = socket.socket(fileno=descriptor)
            serve(line, self._engine, self._memory_limit_mb)
            status = 0
        except BaseException as error:  # noqa: BLE001 - nothing of it may be printed
            self._voice.say(type(error).__name__)
        finally:
            os._exit(status)

    def _kill(self, client: Client, slot: int) -> None:
        if (pid := client.running.pop(slot, None)) is not None:
            os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still this child's

    def _reap(self, _number: int, _frame: FrameType | None) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for client in self._clients:
                client.running = {slot: at for slot, at in client.running.items() if at != pid}


def main(descriptor: int) -> None:
    """Load what the gateway at the other end of a descriptor says, report, and host detectors."""
    voice = Voice.alone()
    _keep_quiet(voice)
    with socket.socket(fileno=descriptor) as control:
        packet = control.recv(PACKET)
        if not packet:
            return
        host, greeting = _loaded(DetectionSettings.from_wire(orjson.loads(packet)), voice)
        control.send(greeting)
        if host is not None:
            client = Client(control)
            client.is_greeted = True
            host.run(client)


def hosted(trunk: socket.socket) -> None:
    """Load what the trunk says first, and host the detectors of every gateway that it brings."""
    voice = Voice.alone()
    _keep_quiet(voice)
    packet = trunk.recv(PACKET)
    if not packet:
        return
    host, greeting = _loaded(DetectionSettings.from_wire(orjson.loads(packet)), voice)
    if host is not None:
        host.run_all(trunk)
        return
    while True:  # each is told why
        packet, descriptors, _, _ = socket.recv_fds(trunk, PACKET, 1)
        if not packet or not descriptors:
            return
        with socket.socket(fileno=descriptors[0]) as control:
            if control.recv(PACKET):
                control.send(greeting)


def _loaded(settings: DetectionSettings, voice: Voice) -> tuple[Host | None, bytes]:
    """A host and what it says to a gateway; no host where something cannot be loaded."""
    try:
        engine, digest, note = load_engine(settings)
    except ConfigError as error:
        return None, orjson.dumps({"error": str(error)})
    if note:
        voice.say(note)
    settle()
    abroad = {entity: sorted(countries) for entity, countries in elsewhere().items()}
    said = {"ready": sorted(engine.entities), "digest": digest, "elsewhere": abroad}
    greeting = orjson.dumps(said)
    return Host(engine, settings.memory_limit_mb, voice, greeting), greeting


def _keep_quiet(voice: Voice) -> None:
    """Libraries need not even try to print; what nobody caught is told by the name of its type."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.excepthook = lambda kind, _error, _trace: voice.say(kind.__name__)
    sys.unraisablehook = lambda raised: voice.say(raised.exc_type.__name__)


if __name__ == "__main__":
    main(int(sys.argv[1]))
