"""The gateway under `tracemalloc`, which says what Python holds: slow, and not for timing.

    python -m tests.bench.traced FILE serve --config gateway.yaml

On SIGUSR1 it writes to FILE how many bytes Python has allocated and not freed.
"""

import gc
import signal
import sys
import tracemalloc
from functools import partial
from pathlib import Path
from types import FrameType

from guardrail_gw.cli.main import main


def _answer(said: Path, number: int, frame: FrameType | None) -> None:
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    fresh = said.with_suffix(".new")
    fresh.write_text(str(held), encoding="ascii")
    fresh.rename(said)


if __name__ == "__main__":
    tracemalloc.start()
    signal.signal(signal.SIGUSR1, partial(_answer, Path(sys.argv.pop(1))))
    main()
