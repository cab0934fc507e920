"""One detector: reads a request, scans, answers, until the gateway closes the socket.

Runs in a process of its own and blocks. An exception is reported by the name of its type: its
message may hold what a person wrote.
"""

import os
import socket
from pathlib import Path

from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.frames import HEAD, LONGEST, answered, failed, frame, parse_request

_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_RESIDENT = 1
"""Which number in statm is the resident set, in pages."""


def serve(line: socket.socket, engine: Engine, memory_limit_mb: int) -> None:
    """Answer requests on `line` until its other end is closed."""
    line.sendall(frame({"pid": os.getpid()}))
    while (body := _receive(line)) is not None:
        line.sendall(_answer(body, engine, memory_limit_mb))


def _answer(body: bytes, engine: Engine, memory_limit_mb: int) -> bytes:
    number, texts, countries = parse_request(body)
    try:
        findings = engine.scan(texts, countries)
    except Exception as error:  # noqa: BLE001 - whatever happened, this text was not scanned
        return failed(number, type(error).__name__)
    return answered(number, findings, retire=resident_mb() > memory_limit_mb)


def resident_mb() -> float:
    """This process's resident set in MiB; 0.0 where the kernel does not say."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[_RESIDENT])
    except OSError:
        return 0.0
    return pages * _PAGE / 2**20


def _receive(line: socket.socket) -> bytes | None:
    """The next request's body; None when the gateway is gone."""
    head = _exactly(line, HEAD)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    return _exactly(line, length) if length <= LONGEST else None


def _exactly(line: socket.socket, count: int) -> bytes | None:
    received = bytearray()
    while len(received) < count:
        chunk = line.recv(min(count - len(received), 1 << 20))
        if not chunk:
            return None
        received += chunk
    return bytes(received)
