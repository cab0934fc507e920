"""Texts longer than a piece: nothing is cut where one ends."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.lists import places
from guardrail_gw.detection.whole import PIECE
from tests.support.detectors import found, running, segment

pytestmark = pytest.mark.e2e


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[DetectorPool]:
    """A pool with rules only, which every test leaves as it was."""
    async with running() as started:
        yield started


async def test_a_text_longer_than_a_frame_is_scanned_whole() -> None:
    """What stands at the borders of pieces is found once, at its place."""
    mail = "someone@example.com"
    text = "".join(f"{'x' * (PIECE - 10)} {mail} " for _ in range(6))

    async with running() as pool:
        assert await found(pool, text) == [mail] * 6


async def test_what_joining_looks_up_is_read_before_anybody_asks() -> None:
    """The lists of a fresh process are read away from the event loop, when the pool starts."""
    places.cache_clear()

    async with running():
        assert places.cache_info().currsize == 1


BORDER_EXAMPLES = [(rule.name, rule.valid[0]) for rule in RULES if rule.country in (None, "NL")]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "example"), BORDER_EXAMPLES, ids=[n for n, _ in BORDER_EXAMPLES])
async def test_nothing_is_cut_at_a_border(pool: DetectorPool, name: str, example: str) -> None:
    """Wherever an example stands around the end of a piece, it is found as it is alone."""
    (alone,) = await pool.detect([segment(f" {example} ")])
    step = 1 if len(example) < 40 else 5
    starts = range(PIECE - len(example) - 4, PIECE + 5, step)
    texts = ["." * (start - 1) + f" {example} " + "." * 6_000 for start in starts]

    each_found = await pool.detect([segment(text) for text in texts])

    assert [
        [(f.start - start + 1, f.end - start + 1, f.entity, f.score) for f in each]
        for start, each in zip(starts, each_found, strict=True)
    ] == [[(f.start, f.end, f.entity, f.score) for f in alone]] * len(texts)
