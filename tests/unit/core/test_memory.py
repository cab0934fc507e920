"""What a process gives back when it has loaded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from guardrail_gw.core.memory import clean

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


SMAPS = """\
1000-3000 r-xp 00001000 08:01 77                 /usr/lib/code.so
Rss:                   8 kB
Anonymous:             0 kB
Swap:                  0 kB
3000-4000 r--p 00003000 08:01 77                 /usr/lib/code.so
Anonymous:             0 kB
Swap:                  0 kB
4000-5000 r--p 00004000 08:01 77                 /usr/lib/code.so
Anonymous:             4 kB
Swap:                  0 kB
5000-6000 rw-p 00005000 08:01 77                 /usr/lib/code.so
Anonymous:             0 kB
Swap:                  0 kB
6000-7000 r--s 00000000 08:01 78                 /var/cache/shared
Anonymous:             0 kB
Swap:                  0 kB
7000-8000 r-xp 00000000 00:00 0                  [vdso]
Anonymous:             0 kB
Swap:                  0 kB
8000-9000 r--p 00000000 00:00 0
Anonymous:             0 kB
Swap:                  0 kB
9000-a000 r--p 00000000 08:01 79                 /usr/lib/locale/C.utf8/LC_CTYPE
Anonymous:             0 kB
Swap:                  0 kB
a000-b000 r--p 00000000 08:01 80                 /usr/lib/libcrypto.so.3
Anonymous:             0 kB
Swap:                  0 kB
b000-c000 r--p 00004000 08:01 81                 /usr/lib/libssl.so.3
Anonymous:             0 kB
Swap:                 20 kB
c000-d000 r--p 00004000 08:01 82                 /usr/lib/odd.so
Anonymous:             0 kB
"""
PROGRAM = """
import hashlib, json, sqlite3, ssl, zlib
from guardrail_gw.core.memory import settle

def files_kb():
    text = open("/proc/self/smaps_rollup").read().split()
    return int(text[text.index("Rss:") + 1]) - int(text[text.index("Anonymous:") + 1])

ssl.create_default_context()
before = files_kb()
settle()
after = files_kb()
works = [
    hashlib.sha256(b"a").hexdigest()[:8],
    sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0],
    len(ssl.create_default_context().get_ciphers()) > 3,
    zlib.decompress(zlib.compress(b"again")).decode(),
]
print(json.dumps([before, after, works]))
"""


def test_only_what_is_on_disk_is_let_go() -> None:
    """Neither what was relocated, swapped or not, nor what is written to, shared or in no file."""
    assert list(clean(SMAPS.splitlines(keepends=True))) == [
        (0x1000, 0x2000),
        (0x3000, 0x1000),
        (0xA000, 0x1000),
    ]
    assert list(clean([])) == []


@pytest.mark.allow_blocking
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells of it")
def test_what_was_let_go_comes_back_as_it_is_used() -> None:
    """A process has less of its files in memory, and does all that it did."""
    command = [sys.executable, "-c", PROGRAM]
    said = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout

    before, after, works = json.loads(said)
    assert after < before / 2
    assert works == ["ca978112", 42, True, "again"]
