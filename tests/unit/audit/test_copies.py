"""The archive removes nothing that the collector lacks."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from secrets import SystemRandom

from guardrail_gw.audit.archive import Archive, Archiver, Rule
from guardrail_gw.audit.copies import Copies
from guardrail_gw.audit.shipper import Pace, Shipper
from guardrail_gw.audit.store import FolderStore
from tests.support.audit_world import SteadyClock, World
from tests.unit.audit.test_shipper import Collecting


async def test_the_archive_asks_the_shipper(keyed: World, tmp_path: Path) -> None:
    """Once both run, what may leave the folder is what the collector has."""
    made, clock, collector = replace(keyed, home=tmp_path), SteadyClock(), Collecting()
    archive = Archive(made.log, FolderStore(tmp_path / "archive"), clock, Rule())
    shipper = Shipper(made.log, collector, clock, SystemRandom(), Pace())
    copies = Copies(archiver=Archiver(archive), shipper=shipper)

    async with AsyncExitStack() as stack:
        await copies.start(stack, patience_s=1)
        asked = archive.may_go

    assert asked == shipper.has
    assert collector.closed
    assert (copies.archived, copies.shipped) == (archive.tally, shipper.tally)


async def test_nothing_is_named(tmp_path: Path) -> None:
    """Without either there is nothing to start and nothing to count."""
    copies = Copies()

    async with AsyncExitStack() as stack:
        await copies.start(stack, patience_s=1)

    assert (copies.archived, copies.shipped) == (None, None)
