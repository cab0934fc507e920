"""A log's folder as tiles: brought up to date, refused when it is not what was signed."""

from pathlib import Path

import pytest

from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.publish import NotPublishedError, publish
from guardrail_gw.audit.segments import segment_firsts, segment_name
from tests.support.audit_world import World, world, written
from tests.support.tile_reader import TileReader


@pytest.fixture
def made(tmp_path: Path) -> World:
    """A log of its own, of three epochs."""
    made = world(tmp_path)
    written(made, 300, epoch_records=200)
    return made


def _reader(made: World, out: Path) -> TileReader:
    vkey = made.public.origin.named((out / "checkpoint").read_text().split("\n")[0]).vkey()
    return TileReader(lambda name: (out / name).read_bytes(), vkey)


def _leaves(made: World) -> list[bytes]:
    found = segment_firsts(made.log)
    return [
        f.leaf for first in found for f in frames((made.log / segment_name(first)).read_bytes())
    ]


def test_a_log_is_read_from_its_tiles(made: World, tmp_path: Path) -> None:
    """Another implementation verifies the log from the folder, leaf by leaf."""
    signed = publish(made.log, made.public.origin, tmp_path / "tiles")

    read = _reader(made, tmp_path / "tiles")
    assert read.entries() == _leaves(made)
    assert (read.size, read.root) == (signed.checkpoint.size, signed.checkpoint.root)


def test_a_folder_is_brought_up_to_date(made: World, tmp_path: Path) -> None:
    """After more records the same folder shows the larger tree, and old tiles are as they were."""
    out = tmp_path / "tiles"
    publish(made.log, made.public.origin, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    written(made, 150, epoch_records=200)

    publish(made.log, made.public.origin, out)

    assert _reader(made, out).entries() == _leaves(made)
    kept = {path: data for path, data in before.items() if path.name != "checkpoint"}
    assert {path: path.read_bytes() for path in kept} == kept


def test_altered_records_are_not_published(made: World, tmp_path: Path) -> None:
    """Records that do not lead to the checkpoint get none: the folder's is not written."""
    first = made.log / segment_name(0)
    data = first.read_bytes()
    second = next(frames(data, next(frames(data)).end))
    first.write_bytes(data[: second.at] + data[second.end :])

    with pytest.raises(NotPublishedError):
        publish(made.log, made.public.origin, tmp_path / "tiles")

    assert not (tmp_path / "tiles" / "checkpoint").exists()


def test_another_keys_log_is_not_published(made: World, tmp_path: Path) -> None:
    """A checkpoint that the given origin key did not sign is no checkpoint of this gateway."""
    other = world(tmp_path / "other").public.origin

    with pytest.raises(NotPublishedError):
        publish(made.log, other, tmp_path / "tiles")
