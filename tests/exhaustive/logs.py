"""The logs that everything is done to; in a folder that is kept they stay as they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft, Kind, canonical
from guardrail_gw.keys.audit_keys import AuditKeys, PublicMaterial, load_audit_keys, load_public
from guardrail_gw.policy.policy import Detail
from tests.exhaustive.changes import Files
from tests.support.audit_world import (
    DIGEST,
    SteadyClock,
    World,
    files,
    full,
    pair,
    redacted_content,
    world,
)
from tests.support.kept_content import Kept, kept_content, obeyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A log as bytes, and with its keys."""

    keys: AuditKeys = field(repr=False)
    public: PublicMaterial
    found: Files = field(repr=False)


def sample(home: Path) -> Sample:
    """A log of two epochs with all kinds of sealed parts, of one process."""
    return _at(home, _plain)


def lived(home: Path) -> Sample:
    """A log of two processes, the first of which was killed while it wrote, with keys for people.

    It has an epoch that turns, a gap, a heartbeat, policies, and rows for texts and names.
    """
    return _at(home, _lived)


def hybrid(home: Path) -> Sample:
    """A log under suite 2, with keys for people."""
    return _at(home, _hybrid)


SAMPLES: dict[str, Callable[[Path], Sample]] = {"plain": sample, "lived": lived, "hybrid": hybrid}


def _at(home: Path, write: Callable[[Path], Path]) -> Sample:
    """What lies in `home`, or is written there now: keys in `keys`, the log where `place` says."""
    place = home / "place"
    if not place.exists():
        place.write_text(write(home).name, encoding="ascii")
    gateway, public = home / "keys" / "gateway", home / "keys" / "audit-public"
    return Sample(
        keys=load_audit_keys(gateway, public),
        public=load_public(public),
        found=files(home / place.read_text(encoding="ascii")),
    )


def _plain(home: Path) -> Path:
    made: World = world(home)
    ledger = made.ledger(SteadyClock(), Limits(epoch_records=4, checkpoint_records=2))
    ledger.open()
    ledger.append([pair(1, full(b"the original")), pair(2, redacted_content(b"PERSON_1"))])
    ledger.tend()
    ledger.append([pair(3)])
    ledger.close()
    return made.log


def _lived(home: Path) -> Path:
    kept = kept_content(home)
    kept.limits = Limits(epoch_records=5, checkpoint_records=2)
    kept.start()
    kept.say("erika", "hello", obeyed())
    _killed(kept)
    kept.start()
    kept.say("max", "hello", obeyed(Detail.REDACTED))
    kept.say("max", "again", obeyed(Detail.REDACTED))
    _tended(kept, 61)
    policy = Draft(kind=Kind.POLICY, clear={"pol": DIGEST}, sealed=canonical({"digest": DIGEST}))
    _ledger(kept).append([[policy]])
    _tended(kept, 1)
    kept.close()
    return kept.log


def _hybrid(home: Path) -> Path:
    kept = kept_content(home, suite=2)
    kept.start()
    kept.say("erika", "hello", obeyed())
    kept.close()
    return kept.log


def _killed(kept: Kept) -> None:
    """In the middle of a write; nobody has acknowledged what it left there."""
    ledger = _ledger(kept)
    ledger.tend()
    ledger._close_files()  # noqa: SLF001 - as the kernel would
    ledger._unlock()  # noqa: SLF001 - ditto
    with max(kept.log.glob("*.seg")).open("ab") as file:
        file.write(bytes(3))


def _tended(kept: Kept, seconds: int) -> None:
    kept.clock.pass_s(seconds)
    _ledger(kept).tend()


def _ledger(kept: Kept) -> Ledger:
    assert kept.ledger is not None
    return kept.ledger
