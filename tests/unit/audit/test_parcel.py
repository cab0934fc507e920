"""Parcels on their way: whole again however they are cut, and never more than they may be."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.frame import MAX_FRAME, framed
from guardrail_gw.audit.parcel import Unpacking
from guardrail_gw.audit.record import RecordError
from tests.support.audit_world import World
from tests.support.parcels import frames_of, lived, packed, parcels


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, keyed: World) -> tuple[bytes, list[bytes]]:
    """A parcel as it travels, and the leaves in it."""
    parcel = next(parcels(lived(keyed, tmp_path_factory.mktemp("log"), pairs=5, runs=1)))
    return packed(parcel), [frame.leaf for frame in frames_of(parcel)]


@given(cuts=st.lists(st.integers(0, 20_000), max_size=12))
def test_cutting_changes_nothing(data: tuple[bytes, list[bytes]], cuts: list[int]) -> None:
    """For every way to cut a parcel, the same records come out in the same order."""
    whole, leaves = data
    unpacking, found = Unpacking(), []
    places = sorted({0, len(whole), *(cut % len(whole) for cut in cuts)})

    for start, end in pairwise(places):
        unpacking.feed(whole[start:end])
        found += [frame.leaf for frame in unpacking.frames()]
    unpacking.end()

    assert found == leaves


def test_a_cut_off_parcel_is_none(data: tuple[bytes, list[bytes]]) -> None:
    """Wherever the bytes end too early, the end is refused."""
    whole, leaves = data

    ended = []
    for size in range(0, len(whole), 97):
        unpacking = Unpacking()
        try:
            unpacking.feed(whole[:size])
            complete = [frame.leaf for frame in unpacking.frames()] == leaves
            unpacking.end()
        except RecordError:
            continue
        ended.append((size, complete))

    assert all(not complete for _, complete in ended)


@pytest.mark.parametrize(
    "wrong",
    [
        (1 << 20).to_bytes(4, "big"),
        (0).to_bytes(4, "big"),
        (3).to_bytes(4, "big") + b"abc",
        (7).to_bytes(4, "big") + b"a\n1\nb\n\n",
    ],
)
def test_what_is_no_parcel(wrong: bytes) -> None:
    """Too many checkpoints, none, and what is none are refused at once."""
    with pytest.raises(RecordError):
        Unpacking().feed(wrong)


def test_a_length_is_not_believed(data: tuple[bytes, list[bytes]]) -> None:
    """A frame that claims to be larger than one can be is refused before it is waited for."""
    whole, _ = data
    unpacking = Unpacking()
    head = int.from_bytes(whole[:4], "big") + 4
    unpacking.feed(whole[:head])
    unpacking.feed((MAX_FRAME + 1).to_bytes(4, "big") + bytes(40))

    with pytest.raises(RecordError):
        list(unpacking.frames())


def test_one_record_is_held_at_a_time(data: tuple[bytes, list[bytes]], tmp_path: Path) -> None:
    """What was read is let go of: a long parcel takes no more memory than its largest record."""
    whole, _ = data
    unpacking, most = Unpacking(), 0
    head = int.from_bytes(whole[:4], "big") + 4
    unpacking.feed(whole[:head])

    for _ in range(50):
        unpacking.feed(framed(b"x" * 1000))
        most = max(most, unpacking.held)
        assert len(list(unpacking.frames())) == 1

    assert most == len(framed(b"x" * 1000))
