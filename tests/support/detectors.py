"""Detectors in processes of their own, for the tests that need them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.observability.clock import SystemClock

HOST = """
import json, os, socket, sys, time
control = socket.socket(fileno=int(sys.argv[1]))
control.recv(65536)
control.send(b'{"ready": [], "digest": "d", "elsewhere": {}}')
while True:
    packet, fds, _, _ = socket.recv_fds(control, 100, 1)
    if not packet:
        break
    line = socket.socket(fileno=fds[0])
"""
"""The beginning of a program that stands for the host of detectors; `line` is one to answer on."""
RULES_ONLY = DetectionSettings(model=None, recognizers=())


@asynccontextmanager
async def running(settings: DetectionSettings = RULES_ONLY) -> AsyncIterator[DetectorPool]:
    """A pool that was started and will be closed."""
    pool = DetectorPool(settings, SystemClock())
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def segment(text: str, kind: SegmentKind = SegmentKind.PROSE) -> Segment:
    """A segment."""
    return Segment(text=text, kind=kind, place="/x")


async def found(pool: DetectorPool, text: str) -> list[str]:
    """What is found in one text, as its words."""
    (findings,) = await pool.detect([segment(text)])
    return [text[finding.start : finding.end] for finding in findings]
