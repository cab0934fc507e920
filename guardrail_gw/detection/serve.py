"""One detector: reads a request, scans, answers, until the gateway closes the socket.

Runs in a process of its own and blocks. An exception is reported by the name of its type: its
message may hold what a person wrote.
"""

import os
import socket

from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.frames import HEAD, LONGEST, answered, failed, frame, parse_request

_STATM = "/proc/self/statm"
_LINE = 256
"""Bytes that its one line never needs."""
_AT_ONCE = 16 * 1024
"""Bytes that are read first: nearly every request whole."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_RESIDENT = 1
"""Which number in statm is the resident set, in pages."""


def serve(line: socket.socket, engine: Engine, memory_limit_mb: int) -> None:
    """Answer requests on `line` until its other end is closed."""
    line.sendall(frame({"pid": os.getpid()}))
    resident = Resident()
    while (body := receive(line)) is not None:
        line.sendall(_answer(body, engine, resident, memory_limit_mb))


def _answer(body: bytes, engine: Engine, resident: "Resident", memory_limit_mb: int) -> bytes:
    number, texts, countries, names = parse_request(body)
    try:
        findings = engine.named(texts) if names else engine.scan(texts, countries)
    except Exception as error:  # noqa: BLE001 - whatever happened, this text was not scanned
        return failed(number, type(error).__name__)
    return answered(number, findings, retire=resident.mb() > memory_limit_mb)


class Resident:
    """The resident set of the process that makes this, which opens the kernel's file once."""

    def __init__(self) -> None:
        try:
            self._statm: int | None = os.open(_STATM, os.O_RDONLY)
        except OSError:
            self._statm = None

    def mb(self) -> float:
        """In MiB; 0.0 where the kernel does not say."""
        if self._statm is None:
            return 0.0
        return int(os.pread(self._statm, _LINE, 0).split()[_RESIDENT]) * _PAGE / 2**20


def receive(line: socket.socket) -> bytes | None:
    """The next request's body; None when the gateway is gone, or sends more than was asked for."""
    received = bytearray(line.recv(_AT_ONCE))
    if not _filled(received, line, HEAD):
        return None
    length = HEAD + int.from_bytes(received[:HEAD], "big")
    if length > HEAD + LONGEST or not _filled(received, line, length) or len(received) > length:
        return None
    return bytes(received[HEAD:])


def _filled(received: bytearray, line: socket.socket, count: int) -> bool:
    """Read on until there are so many bytes; False when the line is closed before."""
    while len(received) < count:
        chunk = line.recv(min(count - len(received), 1 << 20))
        if not chunk:
            return False
        received += chunk
    return True
