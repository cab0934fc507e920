"""One detector over very many distinct messages: its memory must stay flat.

    python -m tests.bench.detection_memory [--messages 200000] [--json build/detection_memory.json]

A process of its own loads the engine, reads the messages one after another, no two of them alike,
and notes its resident set. What counts is how far the later readings are from the first one after
a tenth of the way, when every bounded memory is full.
"""

import argparse
import json
import os
from pathlib import Path

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.serve import Resident
from guardrail_gw.detection.settings import DetectionSettings
from tests.bench.texts import dice, message

READINGS = 20


def main() -> None:
    """Read, note, judge."""
    options = _options()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # as a detector's process has them, before numpy is loaded
    engine = load_engine(DetectionSettings()).engine
    every = options.messages // READINGS
    resident = Resident()
    readings: list[float] = []
    for number in range(options.messages):
        source = dice(number)
        text = message(source, words=source.randrange(5, 60))
        engine.scan([(text, SegmentKind.PROSE)])
        if (number + 1) % every == 0:
            readings.append(resident.mb())
            print(f"{number + 1:>9,} messages  {readings[-1]:8.1f} MB", flush=True)
    report = judged(readings, every)
    print(f"drift {report['drift_percent']} %, at most 5 %: {'met' if report['met'] else 'missed'}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def judged(readings: list[float], every: int) -> dict[str, object]:
    """How far the readings are from that after a tenth of the way, in per cent."""
    base, *later = readings[READINGS // 10 - 1 :]
    drift = max(abs(reading / base - 1) for reading in later)
    return {
        "resident_mb": {(i + 1) * every: round(r, 1) for i, r in enumerate(readings)},
        "drift_percent": round(100 * drift, 2),
        "met": drift <= 0.05,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.detection_memory", description=__doc__
    )
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--json", type=Path, default=Path("build/detection_memory.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
