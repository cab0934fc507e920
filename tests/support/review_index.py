"""A written log and its index, for tests of the index and of the console."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.audit.index.file import IndexFile, open_index
from guardrail_gw.audit.index.refresh import Log, refresh
from guardrail_gw.audit.verify import Report
from guardrail_gw.catalog.catalog import Catalog
from tests.support.audit_world import SteadyClock, World
from tests.support.reviewed import MARCH, Told, written

LAW = Catalog.load().jurisdictions.name_of


def log_of(keyed: World) -> Log:
    """What the auditor has, and the escrow beside them."""
    keys = (keyed.auditor, keyed.escrow)
    return Log(directory=keyed.log, public=keyed.public_folder, keys=keys)


def fresh(keyed: World, index: IndexFile) -> Report:
    """Verify and index what is there."""
    access = AccessLog(keyed.home / "index.access", keyed.auditor, SteadyClock())
    return refresh(log_of(keyed), index, LAW, SteadyClock().now_us(), access, lambda *_: None)


@contextmanager
def indexed(keyed: World, path: Path) -> Iterator[tuple[IndexFile, Report]]:
    """An index, brought up to the log."""
    index = open_index(path, (keyed.auditor,))
    try:
        yield index, fresh(keyed, index)
    finally:
        index.close()


def march(keyed: World, days: Sequence[Sequence[Told]] = MARCH) -> World:
    """The log of a team's March."""
    written(keyed, days)
    return keyed
