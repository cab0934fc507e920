"""The warm parent of the detectors: `python -m guardrail_gw.detection.host FD`.

A fresh interpreter that loads everything once, scans a first text, freezes what it has (so that
the garbage collector does not touch, and thereby copy, shared pages) and forks a detector each
time the gateway sends it a socket. It keeps no text: requests go from the gateway to a detector.

On FD, a SOCK_SEQPACKET socket, the gateway sends the settings; the answer is `{"ready": ...}` or
`{"error": ...}`. After that each packet is a slot's number with one file descriptor: the slot's
old detector, if it still runs, is killed, and a new one serves the descriptor. When the gateway
is gone, the host kills its detectors and ends.
"""

import ctypes
import logging
import os
import signal
import socket
import sys
import warnings
from types import FrameType
from typing import NoReturn

import orjson

from guardrail_gw.core.memory import settle
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.serve import serve
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.voice import Voice
from guardrail_gw.errors import ConfigError

PACKET = 64 * 1024
"""The longest packet in either direction, in bytes."""

_PR_SET_PDEATHSIG = 1


class Host:
    """Forks detectors that share one engine."""

    def __init__(
        self, control: socket.socket, engine: Engine, memory_limit_mb: int, voice: Voice
    ) -> None:
        self._control = control
        self._voice = voice
        self._engine = engine
        self._memory_limit_mb = memory_limit_mb
        self._running: dict[int, int] = {}
        """Slot -> process id, of detectors that were not reaped yet."""

    def run(self) -> None:
        """Serve the gateway until it is gone."""
        signal.signal(signal.SIGCHLD, self._reap)
        while True:
            packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET, 1)
            if not packet or not descriptors:
                break
            self._replace(int(packet), descriptors[0])
        for slot in list(self._running):
            self._kill(slot)

    def _replace(self, slot: int, descriptor: int) -> None:
        self._kill(slot)
        # the handler must not run between the fork and the note of its child
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            self._become_detector(descriptor)
        self._running[slot] = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        os.close(descriptor)

    def _become_detector(self, descriptor: int) -> NoReturn:
        status = 1
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            self._control.close()
            die_with_parent()
            # Open until the end: whoever sees it closed may kill this process before it has spoken.
            line = socket.socket(fileno=descriptor)
            serve(line, self._engine, self._memory_limit_mb)
            status = 0
        except BaseException as error:  # noqa: BLE001 - nothing of it may be printed
            self._voice.say(type(error).__name__)
        finally:
            os._exit(status)

    def _kill(self, slot: int) -> None:
        if (pid := self._running.pop(slot, None)) is not None:
            os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still this child's

    def _reap(self, _number: int, _frame: FrameType | None) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._running = {slot: at for slot, at in self._running.items() if at != pid}


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, also by SIGKILL (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(descriptor: int) -> None:
    """Load, report, and host detectors."""
    voice = Voice.alone()
    _keep_quiet(voice)
    with socket.socket(fileno=descriptor) as control:
        packet = control.recv(PACKET)
        if not packet:
            return
        settings = DetectionSettings.from_wire(orjson.loads(packet))
        try:
            engine, digest, note = load_engine(settings)
        except ConfigError as error:
            control.send(orjson.dumps({"error": str(error)}))
            return
        if note:
            voice.say(note)
        settle()
        control.send(orjson.dumps({"ready": sorted(engine.entities), "digest": digest}))
        Host(control, engine, settings.memory_limit_mb, voice).run()


def _keep_quiet(voice: Voice) -> None:
    """Libraries need not even try to print; what nobody caught is told by the name of its type."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.excepthook = lambda kind, _error, _trace: voice.say(kind.__name__)
    sys.unraisablehook = lambda raised: voice.say(raised.exc_type.__name__)


if __name__ == "__main__":
    main(int(sys.argv[1]))
