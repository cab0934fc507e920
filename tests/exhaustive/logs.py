"""The log that everything is done to."""

from dataclasses import dataclass
from pathlib import Path

from guardrail_gw.audit.ledger import Limits
from guardrail_gw.keys.audit_keys import PublicMaterial
from tests.exhaustive.changes import Files
from tests.support.audit_world import SteadyClock, World, files, full, pair, redacted_content, world


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A log of two epochs with all kinds of sealed parts, as bytes and with its keys."""

    made: World
    found: Files

    @property
    def public(self) -> PublicMaterial:
        """What anyone needs to verify it."""
        return self.made.public


def sample(home: Path) -> Sample:
    """Write it."""
    made, clock = world(home), SteadyClock()
    ledger = made.ledger(clock, Limits(epoch_records=4, checkpoint_records=2))
    ledger.open()
    ledger.append([pair(1, full(b"the original")), pair(2, redacted_content(b"PERSON_1"))])
    ledger.tend()
    ledger.append([pair(3)])
    ledger.close()
    return Sample(made=made, found=files(made.log))
