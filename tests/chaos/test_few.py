"""A seeded few of the requests that `make chaos` makes 10,000 of, and that its judge is no fool."""

from collections import Counter
from pathlib import Path

import pytest

from guardrail_gw.standin.server import Received
from tests.chaos import judging
from tests.chaos.asking import BROKE, LOST, OK, Told
from tests.chaos.run import Size, run
from tests.chaos.scenes import SCENES, Stage, staged

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]


async def test_every_promise_holds_for_few(tmp_path: Path) -> None:
    """Two gateways, providers that fail in every way: none lost, doubled, unlawful, unrecorded."""
    outcome = await run(tmp_path, SCENES, Size(requests=450, at_once=25), seed=5)

    assert outcome.problems == []
    assert sum(told.ended.total() for told in outcome.told) == 450
    assert outcome.attempts > 450
    assert outcome.opened > 0
    assert outcome.spent_usd >= outcome.metered_usd > 0


def test_what_clients_lose_is_told() -> None:
    """One of a hundred lost, more streams broken off than may be, a text that is doubled."""
    scene = SCENES[0]
    lost = Told(scene, Counter({OK: 99, LOST: 1}))
    broke = Told(scene, Counter({OK: 999, BROKE: 1}), streams=500)
    doubled = Told(scene, Counter({OK: 100}), wrong=["'aa' instead of 'a'"])

    assert ["99.00% served" in each for each in judging.of_clients(lost)] == [True]
    assert ["broke off" in each for each in judging.of_clients(broke)] == [True]
    assert list(judging.of_clients(doubled)) == ["refused: 'aa' instead of 'a'"]
    assert list(judging.of_clients(Told(scene, Counter({OK: 100})))) == []


def test_that_nobody_went_on_is_told() -> None:
    """Of few streams none need break off; of many some do, and are gone on with."""
    scene = next(each for each in SCENES if each.resumes)
    told = Told(scene, Counter({OK: 800}), streams=400)
    went_on = judging.Watch(["here"], resumed=Counter({f"0 {scene.name}-1": 3}))
    nobody = judging.Watch(["here"], resumed=Counter({"0 another-1": 3}))

    assert list(judging.of_resuming([told], went_on)) == []
    assert list(judging.of_resuming([told], nobody)) == [
        f"{scene.name}: of 400 streams none was gone on with"
    ]
    assert list(judging.of_resuming([Told(scene, Counter({OK: 45}), streams=22)], nobody)) == []


async def test_what_is_not_on_record_is_told() -> None:
    """A request that a provider saw and no log has, one that left the EU, a breaker that flaps."""
    body = Received(path="/v1/chat/completions", headers={}, body=b"{}")
    async with staged(SCENES[:1], seed=1) as stage:
        stage.providers["refused-2"].received.append(body)
        stage.abroad.received.append(body)
        problems = told_of(stage)
    watch = judging.Watch(["here"], Counter({"0 refused-1": 9, "0 refused-2": 1}))

    assert problems == [
        "1 requests left the EU",
        "abroad saw 1 requests that are not on record",
        "refused-2 saw 1 requests that are not on record",
    ]
    assert list(judging.of_breakers([Told(SCENES[0])], watch)) == [
        "the breaker of 0 refused-1 opened 9 times in 0 s"
    ]


def told_of(stage: Stage) -> list[str]:
    """What the judge says of these providers where there are no logs at all."""
    return list(judging.of_providers(stage, Path(), []))
