"""The root over the first records, from the segment that holds the last of them."""

from pathlib import Path

from guardrail_gw.audit.prefix import root_at
from guardrail_gw.audit.record import canonical
from guardrail_gw.audit.review import leaves
from guardrail_gw.audit.tree import leaf_hash, root_of
from tests.support.audit_world import World, world
from tests.support.review_index import march


def _log(tmp_path: Path) -> World:
    return march(world(tmp_path))


def test_it_is_the_root_of_the_tree(tmp_path: Path) -> None:
    """At every size, also at the ends of segments, it is the root over all the leaves."""
    log = _log(tmp_path).log
    hashes = [leaf_hash(canonical(record.leaf)) for record in leaves(log)]

    roots = [root_at(log, size) for size in range(1, len(hashes) + 1)]

    assert roots == [root_of(hashes[:size]) for size in range(1, len(hashes) + 1)]


def test_records_that_are_not_here_have_no_root(tmp_path: Path) -> None:
    """More than the log has, none, a segment that is gone, or one that cannot be read."""
    log = _log(tmp_path).log
    last = max(log.glob("*.seg"))

    assert root_at(log, 51) is None
    assert root_at(log, 0) is None
    last.write_bytes(last.read_bytes()[1:])
    assert root_at(log, 50) is None
    last.unlink()
    assert root_at(log, 50) is None
