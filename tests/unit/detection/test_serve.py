"""What a detector reads from its line, and what it says of its size."""

import os
import socket
import threading

import pytest

from guardrail_gw.detection import serve
from guardrail_gw.detection.frames import HEAD, LONGEST
from guardrail_gw.detection.serve import Resident, receive


@pytest.fixture
def line() -> tuple[socket.socket, socket.socket]:
    """The gateway's end and the detector's."""
    return socket.socketpair()


def framed(body: bytes) -> bytes:
    """A body with its length before it."""
    return len(body).to_bytes(HEAD, "big") + body


@pytest.mark.parametrize("size", [0, 1, 16 * 1024 - HEAD, 16 * 1024, 3_000_000])
def test_a_request_is_read_whole(line: tuple[socket.socket, socket.socket], size: int) -> None:
    """However long it is, and though it arrives in pieces."""
    gateway, detector = line
    body = os.urandom(size)
    sending = threading.Thread(target=gateway.sendall, args=(framed(body),))

    with gateway, detector:
        sending.start()
        received = receive(detector)
        sending.join()

    assert received == body


def test_a_request_may_come_byte_by_byte(line: tuple[socket.socket, socket.socket]) -> None:
    """Also its length."""
    gateway, detector = line

    def send() -> None:
        for byte in framed(b"body"):
            gateway.sendall(bytes([byte]))

    with gateway, detector:
        sending = threading.Thread(target=send)
        sending.start()
        received = receive(detector)
        sending.join()

    assert received == b"body"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0\0",
        b"\0\0\0\4bod",
        framed(b"body") + b"\0",
    ],
    ids=["nothing", "half a length", "half a body", "more than one"],
)
def test_anything_else_ends_the_line(
    line: tuple[socket.socket, socket.socket], said: bytes
) -> None:
    """A detector answers one whole request at a time, or ends."""
    gateway, detector = line

    with detector:
        gateway.sendall(said)
        gateway.close()

        assert receive(detector) is None


def test_what_is_too_long_is_not_waited_for(line: tuple[socket.socket, socket.socket]) -> None:
    """Its length is enough to end the line."""
    gateway, detector = line

    with gateway, detector:
        detector.settimeout(5)
        gateway.sendall((LONGEST + 1).to_bytes(HEAD, "big"))

        assert receive(detector) is None


def test_a_kernel_that_does_not_say_is_no_reason_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is 0 then, which is below every limit."""
    monkeypatch.setattr(serve, "_STATM", "/nonexistent/statm")

    assert serve.Resident().mb() == 0.0


def test_the_resident_set_is_that_of_this_process() -> None:
    """A block of 64 MiB that is written to shows in it."""
    resident = Resident()
    before = resident.mb()

    block = bytearray(os.urandom(1)) * (64 << 20)

    assert 60 < resident.mb() - before < 80
    assert len(block) == 64 << 20
