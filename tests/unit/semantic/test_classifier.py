"""What sorts requests: in time, without an error, whatever becomes of its process."""

import asyncio
import os
import signal

import pytest

from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.errors import ConfigError
from guardrail_gw.semantic.classifier import MOST_WAITING, SemanticClassifier
from guardrail_gw.semantic.process import WorkerProcess
from tests.support.routing_world import OwnClock
from tests.support.semantics import stub, stubbed, two_classes

pytestmark = pytest.mark.e2e


def fallback(by: Sorted) -> RouteClass:
    """What a request has that nobody measured."""
    return RouteClass(name="two", by=by)


async def sorted_again(classifier: SemanticClassifier) -> None:
    """Wait until something is measured: who ended is started anew."""
    async with asyncio.timeout(30):
        number = 0
        while (await classifier.classify(f"one again {number}")).by is not Sorted.NEAREST:
            number += 1
            await asyncio.sleep(0.01)


async def test_a_text_has_the_class_whose_examples_it_is_like() -> None:
    """Also half a surrogate pair is read; what is like none, or says nothing, is the fallback's."""
    async with stubbed() as classifier:
        found = {
            text: await classifier.classify(text) for text in ("one", "two", "three", " ", "\ud800")
        }

    assert [(each.name, each.by) for each in found.values()] == [
        ("one", Sorted.NEAREST),
        ("two", Sorted.NEAREST),
        ("two", Sorted.UNLIKE),
        ("two", Sorted.WORDLESS),
        ("two", Sorted.UNLIKE),
    ]
    assert (found["one"].similarity, found["one"].margin) == pytest.approx((1.0, 1.0))


async def test_what_repeats_is_not_read_again() -> None:
    """An agent's requests say the same again and again: a stopped worker is not missed."""
    async with stubbed(deadline_s=0.05) as classifier:
        await sorted_again(classifier)
        first = await classifier.classify("one")
        assert classifier.pid is not None
        os.kill(classifier.pid, signal.SIGSTOP)
        again, other = await classifier.classify("one"), await classifier.classify("two")
        os.kill(classifier.pid, signal.SIGCONT)

    assert first.by is Sorted.NEAREST
    assert again == first
    assert other == fallback(Sorted.LATE)


async def test_too_many_do_not_wait() -> None:
    """Of those who come while all places are taken each has its answer at once."""
    async with stubbed(deadline_s=0.3) as classifier:
        found = await asyncio.gather(
            *(classifier.classify(f"hang {n}") for n in range(MOST_WAITING + 9))
        )

    assert found.count(fallback(Sorted.LATE)) == MOST_WAITING
    assert found.count(fallback(Sorted.BUSY)) == 9


async def test_a_text_that_fails_takes_nobody_with_it() -> None:
    """The worker goes on."""
    async with stubbed() as classifier:
        pid = classifier.pid

        assert await classifier.classify("bad") == fallback(Sorted.FAILED)
        assert (await classifier.classify("one")).name == "one"
        assert classifier.pid == pid


@pytest.mark.parametrize("text", ["crash", "hang"])
async def test_a_worker_that_ends_or_hangs_is_replaced(text: str) -> None:
    """Its request has the fallback class, and later ones are sorted."""
    async with stubbed(hangs_s=0.5) as classifier:
        pid = classifier.pid

        assert await classifier.classify(text) == fallback(Sorted.FAILED)
        await sorted_again(classifier)
        assert classifier.pid != pid


async def test_one_that_was_ended_sorts_nothing() -> None:
    """Whoever asks then, or waited for it, has the fallback class."""
    async with stubbed() as classifier:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(classifier.classify("hang"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await classifier.close()

        assert waiting.result() == fallback(Sorted.FAILED)
        assert await classifier.classify("one") == fallback(Sorted.FAILED)


@pytest.mark.parametrize(
    ("at_start", "complaint"),
    [
        ("raise OSError", "cannot be loaded: OSError"),
        ("os._exit(3)", "did not start: ConnectionResetError"),
        ("socket.create_connection(('127.0.0.1', 9))", "cannot be loaded: PermissionError"),
        ("socket.getaddrinfo('localhost', 80)", "cannot be loaded: PermissionError"),
        ("os.system('true')", "cannot be loaded: PermissionError"),
    ],
)
async def test_a_model_that_cannot_be_loaded_is_an_error_at_start(
    at_start: str, complaint: str
) -> None:
    """So is one that looks for something on a network, or starts a program."""
    classifier = SemanticClassifier(
        two_classes(), OwnClock(), deadline_s=1.0, command=stub(at_start)
    )

    with pytest.raises(ConfigError, match=complaint):
        await classifier.start()

    assert classifier.pid is None


async def test_a_worker_gets_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment it has what it needs to run, and no proxies or credentials."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    worker = WorkerProcess(two_classes(), stub("assert 'OPENAI_API_KEY' not in os.environ"))
    try:
        await worker.start()
        assert await worker.similarities("one") == pytest.approx([1.0, 0.0])
    finally:
        await worker.close()
