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


LARGE = """
import gc, re
from guardrail_gw.core.memory import settle

def resident():
    return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1])

settle()
before = resident()
for _ in range(4):
    table = bytes(range(256)) * (24 << 12)
    small = bytes(5000)  # lies behind it where both are on the heap
    del table
    kept = small
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps large blocks")
@pytest.mark.allow_blocking
def test_a_table_that_is_laid_out_anew_leaves_nothing_behind() -> None:
    """24 MiB that were allocated and freed several times are the system's again."""
    told = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, check=True)

    assert int(told.stdout) < 4_000
