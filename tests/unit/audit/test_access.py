"""The record of looks: written before anything is shown, and not to be changed unseen."""

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, strategies as st

from guardrail_gw.audit.access import AccessLog, access_path, accesses, reader_key, runs
from guardrail_gw.audit.access_report import judge
from guardrail_gw.audit.record import canonical
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import START_US, SteadyClock

KEY = X25519PrivateKey.from_private_bytes(bytes([7]) * 32)
OTHER = X25519PrivateKey.from_private_bytes(bytes([8]) * 32)


def _public(key: X25519PrivateKey) -> str:
    return reader_key(key).public_key().public_bytes_raw().hex()


@pytest.fixture
def looked(tmp_path: Path) -> Path:
    """Four looks of two readers."""
    path = tmp_path / "log.access"
    for number, key in enumerate((KEY, OTHER, KEY, KEY)):
        log = AccessLog(path, key, SteadyClock())
        log.record("show", [number, number + 1, 9], reason="case 7", asked={"request": "r1"})
    return path


def test_a_look_is_read_as_it_was_written(looked: Path) -> None:
    """Who, when, what, which records and why; only the file's owner may read it."""
    first, *_ = accesses(looked)

    assert (first.number, first.ts_us, first.act, first.intact) == (0, START_US, "show", True)
    assert (first.records, first.reason) == (((0, 1), (9, 9)), "case 7")
    assert first.asked == {"request": "r1"}
    assert first.reader == _public(KEY)
    assert looked.stat().st_mode & 0o777 == 0o600


def test_readers_cannot_be_mistaken(looked: Path) -> None:
    """Each look is signed by its own reader; who is not named is told."""
    known, unknown = {_public(KEY): "anna", _public(OTHER): "ben"}, {_public(KEY): "anna"}

    assert judge(accesses(looked), readers=known).verdict is Verdict.OK
    assert judge(accesses(looked), readers=unknown).verdict is Verdict.UNVERIFIABLE
    assert judge(accesses(looked)).verdict is Verdict.UNVERIFIABLE
    assert judge(()).verdict is Verdict.OK


def test_a_flipped_bit_is_found(looked: Path) -> None:
    """Whatever bit of the file is changed, it is tampering; a hex digit's case is one, too."""
    data = looked.read_bytes()
    case = 8 * (data.rindex(b'"sig":') - 20) + 5
    for bit in [*range(0, 8 * len(data), 37), *range(case, 8 * len(data), 8)]:
        altered = bytearray(data)
        altered[bit // 8] ^= 1 << bit % 8
        looked.write_bytes(altered)

        assert judge(accesses(looked)).verdict is Verdict.TAMPERED, bit


def test_removed_moved_and_repeated_looks(looked: Path) -> None:
    """Taking out, exchanging or doubling a look shows in its neighbours."""
    one, two, three, four = looked.read_bytes().splitlines(keepends=True)
    for lines in ((two, three, four), (one, three, four), (two, one, three, four), (one, one, two)):
        looked.write_bytes(b"".join(lines))

        assert judge(accesses(looked)).verdict is Verdict.TAMPERED


def test_looks_removed_at_the_end(looked: Path) -> None:
    """Without anything kept it looks whole; the hash of a look that was kept tells."""
    kept = judge(accesses(looked)).head
    looked.write_bytes(b"".join(looked.read_bytes().splitlines(keepends=True)[:2]))

    known = {_public(KEY): "anna", _public(OTHER): "ben"}
    assert judge(accesses(looked), readers=known).verdict is Verdict.OK
    assert judge(accesses(looked), kept=kept, readers=known).verdict is Verdict.TAMPERED


def test_a_forged_look_of_somebody_else(looked: Path) -> None:
    """Who has not a reader's key cannot write a look in that reader's name."""
    mine = AccessLog(looked, OTHER, SteadyClock())
    mine.record("show", [1])
    *before, last = looked.read_bytes().splitlines(keepends=True)
    said = json.loads(last) | {"reader": _public(KEY)}
    looked.write_bytes(b"".join(before) + json.dumps(said, separators=(",", ":")).encode() + b"\n")

    assert judge(accesses(looked)).verdict is Verdict.TAMPERED


def test_a_torn_look_stays_visible(looked: Path) -> None:
    """What a killed process wrote half is told, and later looks are whole."""
    with looked.open("ab") as file:
        file.write(b'{"act":"show","as')
    AccessLog(looked, KEY, SteadyClock()).record("show", [3])

    *_, torn, last = accesses(looked)

    assert (torn.act, torn.intact) == ("unreadable", False)
    assert last.intact


@pytest.mark.parametrize(
    "forged",
    [
        {"ts": "today"},
        {"ts": True},
        {"ts": -1},
        {"asked": ["request"]},
        {"asked": {"request": [1]}},
        {"records": [["\x1b[2J", "[red]x"]]},
        {"records": [[1, 2, 3]]},
        {"records": 5},
        {"reason": None},
        {"act": 7},
        {"n": "4"},
        {"reader": _public(KEY).upper()},
    ],
)
def test_a_signed_line_of_another_form_is_no_look(looked: Path, forged: dict[str, object]) -> None:
    """Whoever signs with a key can write a line; what does not fit is unreadable, and no crash."""
    lines = list(accesses(looked))
    said = json.loads(looked.read_bytes().splitlines()[-1])
    said |= {"n": 4, "prev": lines[-1].hash, **forged}
    del said["sig"]
    said["sig"] = reader_key(KEY).sign(b"guardrail-gw/audit/v1/access" + canonical(said)).hex()
    with looked.open("ab") as file:
        file.write(canonical(said) + b"\n")

    *_, last = accesses(looked)

    assert (last.act, last.records, last.asked, last.intact) == ("unreadable", (), {}, False)


@pytest.mark.parametrize("length", [10, 32 * 1024, 100_000])
def test_a_long_question_breaks_no_chain(tmp_path: Path, length: int) -> None:
    """The look after one whose line is longer than others still follows it."""
    log = AccessLog(tmp_path / "log.access", KEY, SteadyClock())
    for number in range(3):
        log.record("search", [number], asked={"tool": "x" * length})

    report = judge(accesses(log.path))

    assert [look.intact for look in report.looks] == [True] * 3


def test_no_look_without_a_record(tmp_path: Path) -> None:
    """Where it cannot be written, or a link leads elsewhere, nothing may be shown."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    for path in (tmp_path / "none" / "log.access", tmp_path / "link", Path("/dev/full")):
        with pytest.raises(ConfigError, match="no look without a record"):
            AccessLog(path, KEY, SteadyClock()).record("show", [1])


def test_a_look_waits_for_the_one_before(tmp_path: Path) -> None:
    """While another process writes a look, nothing is appended."""
    path = tmp_path / "log.access"
    log = AccessLog(path, KEY, SteadyClock())
    log.record("show", [1])
    with path.open("rb") as held, ThreadPoolExecutor(1) as other:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = other.submit(log.record, "show", [2])
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        size = path.stat().st_size
        fcntl.flock(held, fcntl.LOCK_UN)
        waiting.result(timeout=20)

    assert path.stat().st_size > size
    assert [look.intact for look in accesses(path)] == [True] * 2


def _look_often(path: str, byte: int) -> None:
    key = X25519PrivateKey.from_private_bytes(bytes([byte]) * 32)
    for number in range(20):
        AccessLog(Path(path), key, SteadyClock()).record("show", [number])


def test_many_readers_at_once(tmp_path: Path) -> None:
    """Processes that look at the same time write one chain."""
    path = tmp_path / "log.access"
    readers = [
        get_context("fork").Process(target=_look_often, args=(os.fspath(path), byte))
        for byte in (7, 8)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    report = judge(accesses(path))

    assert [look.intact for look in report.looks] == [True] * 40


@given(records=st.sets(st.integers(min_value=0, max_value=5000)))
def test_runs_hide_no_record(records: set[int]) -> None:
    """Every record is in a run, runs are in order, and a line stays short."""
    found = runs(records)

    assert len(found) <= 200
    assert all(any(first <= r <= last for first, last in found) for r in records)
    assert found == sorted(found)
    if len(found) < 200:
        assert sum(last - first + 1 for first, last in found) >= len(records)


def test_the_access_log_lies_beside_the_log(tmp_path: Path) -> None:
    """It is not inside the folder, where it would look like a part of the log."""
    assert access_path(tmp_path / "audit") == tmp_path.resolve() / "audit.access"


def test_a_person_who_was_asked_for_is_not_named(tmp_path: Path) -> None:
    """The file is in clear and outlives an erasure; that a person was asked for is kept."""
    log = AccessLog(tmp_path / "log.access", KEY, SteadyClock())

    log.record("search", [1], asked={"subject": "erika.mustermann", "team": "support"})
    log.record("person", [1], asked={"person": "erika.mustermann"})

    first, second = accesses(log.path)
    assert first.asked == {"subject": "a person", "team": "support"}
    assert second.asked == {"person": "a person"}
    assert b"erika" not in log.path.read_bytes()
