"""What a process gives back when it has loaded."""

import subprocess
import sys

import pytest

SHRINKS = """
import gc, re
from guardrail_gw.core.memory import settle

def resident():
    return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1])

blocks = [bytearray(4000) for _ in range(20_000)]
kept = [bytes(5000) for _ in range(100)]
del blocks
before = resident()
settle()
print(before - resident(), gc.get_freeze_count())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives memory back when asked")
@pytest.mark.allow_blocking
def test_what_loading_left_behind_is_given_back() -> None:
    """Tens of megabytes that were freed in small blocks leave the process, and the rest is kept."""
    told = subprocess.run([sys.executable, "-c", SHRINKS], capture_output=True, check=True)

    given_back_kb, frozen = map(int, told.stdout.split())
    assert given_back_kb > 50_000
    assert frozen > 1000
