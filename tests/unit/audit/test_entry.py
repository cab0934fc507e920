"""Entries: one intent and one outcome for every exchange, however it ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from guardrail_gw.audit.content import Texts, texts
from guardrail_gw.audit.job import Job
from guardrail_gw.audit.review import show
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import (
    Attempt,
    Ending,
    Journal,
    Recorded,
)
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.errors import (
    AuditDown,
    Blocked,
    Unauthenticated,
    UpstreamBroken,
    UpstreamFailed,
    UpstreamTimeout,
)
from guardrail_gw.policy.policy import Detail
from tests.support.audit_log import exchange, open_log, opened, pieces_of, told
from tests.support.audit_world import HeldDisk, World, arrival, inbound, placed, policy, redacted


def _routed(journal: Journal) -> None:
    """What routing notes of a good attempt."""
    tried = Attempt(
        deployment="eu-1",
        provider="standin",
        model="m-1",
        result="ok",
        started_us=1,
        duration_us=2,
        sent_sha256="ab" * 32,
    )
    journal.attempts.append(tried)
    journal.deployment = "eu-1"
    journal.usage = Usage(input=3, output=4)
    journal.provider_request_id = "p-1"


async def test_a_good_exchange(keyed: World, tmp_path: Path) -> None:
    """Intent and outcome hold who asked, what was found, where it could go and how it went."""
    log = open_log(keyed, tmp_path)
    async with log.entry(arrival()) as entry:
        asked = inbound()
        entry.identified(asked, policy())
        entry.redacted(redacted(asked))
        recorded = await entry.commit(placed(asked), policy())
        _routed(recorded.journal)
        pieces = [piece async for piece in entry.closing(pieces_of(b"one", b"two"))]
    await log.close()

    records = await opened(keyed, tmp_path)
    said, ended = told(records, "intent"), told(records, "outcome")
    assert pieces == [b"one", b"two"]
    assert (said["user"], said["team"], said["key"]) == ("erika.mustermann", "support", "key-7")
    assert said["entities"] == {"PERSON": 1}
    assert said["lawful"] == ["eu-1"]
    assert said["rejected"][0]["reason"] == "residency.inference_outside"
    assert said["rules"] == ["default/pii.PERSON", "default/residency"]
    assert (ended["ending"], ended["status"], ended["deployment"]) == ("ok", 200, "eu-1")
    assert ended["attempts"][0]["sent_sha256"] == "ab" * 32
    assert ended["usage"] == {
        "input": 3,
        "output": 4,
        "cached_input": 0,
        "cache_write": 0,
        "cache_write_long": 0,
    }
    assert ended["provider_request_id"] == "p-1"
    assert [o.kind for o in records] == ["epoch", "policy", "intent", "outcome", "shutdown"]


async def test_the_receipt_is_the_leaf(keyed: World, tmp_path: Path) -> None:
    """The receipt names the place and the hash of the intent as `verify` sees it."""
    log = open_log(keyed, tmp_path)
    async with log.entry(arrival()) as entry:
        asked = inbound()
        entry.identified(asked, policy())
        recorded = await entry.commit(placed(asked), policy())
        with pytest.raises(AuditDown, match="once"):
            await entry.commit(placed(asked), policy())
        entry.journal.ending = Ending.TRUNCATED
    await log.close()

    records = await opened(keyed, tmp_path)
    assert isinstance(recorded, Recorded)
    assert records[recorded.receipt.index].kind == "intent"
    assert recorded.receipt.origin == records[0].leaf["origin"]
    assert told(records, "outcome")["ending"] == "truncated"


async def test_a_commit_needs_a_sender(keyed: World, tmp_path: Path) -> None:
    """Without a known sender nothing is recorded as allowed."""
    log = open_log(keyed, tmp_path)

    with pytest.raises(AuditDown):
        async with log.entry(arrival()) as entry:
            await entry.commit(placed(inbound()), policy())
    await log.close()

    assert told(await opened(keyed, tmp_path), "intent")["decision"] == "refused"


@pytest.mark.parametrize(
    ("error", "decision", "ending"),
    [
        (Unauthenticated("no key"), "refused", "refused"),
        (Blocked("an IBAN", facts={"entities": {"IBAN_CODE": 1}}), "blocked", "blocked"),
        (asyncio.CancelledError(), "refused", "client_cancel"),
        (ConnectionResetError(), "refused", "client_cancel"),
        (RuntimeError("a defect"), "refused", "refused"),
    ],
)
async def test_refused_before_commit(
    keyed: World, tmp_path: Path, error: BaseException, decision: str, ending: str
) -> None:
    """Whatever stops an exchange before its commit, intent and outcome stand side by side."""
    log = open_log(keyed, tmp_path)

    with pytest.raises(type(error)):
        async with log.entry(arrival()) as entry:
            entry.identified(inbound(), policy())
            raise error
    await log.close()

    records = await opened(keyed, tmp_path)
    said, ended = told(records, "intent"), told(records, "outcome")
    assert (said["decision"], ended["ending"]) == (decision, ending)
    if isinstance(error, Blocked):
        assert (said["code"], said["facts"]) == ("policy.blocked", {"entities": {"IBAN_CODE": 1}})
    assert "a defect" not in str(records)


@pytest.mark.parametrize(
    ("error", "ending", "code"),
    [
        (UpstreamFailed("all tried"), "provider_error", "upstream.failed"),
        (UpstreamTimeout("too slow"), "timeout", "upstream.timeout"),
        (UpstreamBroken("cut"), "truncated", "upstream.malformed"),
        (asyncio.CancelledError(), "client_cancel", None),
        (GeneratorExit(), "client_cancel", None),
        (ConnectionResetError(), "client_cancel", None),
        (RuntimeError("a defect"), "truncated", "server.defect"),
    ],
)
async def test_ended_after_commit(
    keyed: World, tmp_path: Path, error: BaseException, ending: str, code: str | None
) -> None:
    """Whatever ends an exchange after its commit, one outcome says so."""
    log = open_log(keyed, tmp_path)

    with pytest.raises(type(error)):
        async with log.entry(arrival()) as entry:
            asked = inbound()
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())
            raise error
    await log.close()

    ended = told(await opened(keyed, tmp_path), "outcome")
    assert (ended["ending"], ended["code"]) == (ending, code)


class _LeavesAtTheLastMoment:
    """A writer whose caller is cancelled just when it would be told what became of its record."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    async def settled(self, job: Job) -> Any:
        await asyncio.wait({job.future})
        raise asyncio.CancelledError


async def test_a_task_cancelled_when_its_intent_was_confirmed(keyed: World, tmp_path: Path) -> None:
    """A client that leaves in the very moment of the confirmation leaves a whole pair behind."""
    log = open_log(keyed, tmp_path)
    entry = log.entry(arrival())
    entry._writer = cast("Writer", _LeavesAtTheLastMoment(entry._writer))  # noqa: SLF001 - a seam of timing

    with pytest.raises(asyncio.CancelledError):
        async with entry:
            asked = inbound()
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())
    await log.close()

    assert told(await opened(keyed, tmp_path), "outcome")["ending"] == "client_cancel"


@pytest.mark.parametrize("lost", ["intent", "outcome"])
async def test_a_task_cancelled_when_its_record_was_refused(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """Intent or outcome: what is lost is counted once, and the log waits for nobody at its end."""
    log = open_log(keyed, tmp_path)
    await log.ready()
    disk = HeldDisk(monkeypatch)
    disk.go.set()
    entry = log.entry(arrival())

    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            async with entry:
                asked = inbound()
                entry.identified(asked, policy())
                if lost == "outcome":
                    await entry.commit(placed(asked), policy())
                    next((tmp_path / "log").glob("*.seg")).unlink()
                entry._writer = cast("Writer", _LeavesAtTheLastMoment(entry._writer))  # noqa: SLF001 - a seam of timing
                disk.fails = True
                if lost == "intent":
                    await entry.commit(placed(asked), policy())
        await log.close(patience_s=60)

    assert log.tally.unrecorded == 1


async def test_a_task_cancelled_while_committing(keyed: World, tmp_path: Path) -> None:
    """A client that leaves while its intent is being written leaves a whole pair behind."""
    log = open_log(keyed, tmp_path)

    async def ask() -> None:
        async with log.entry(arrival()) as entry:
            asked = inbound()
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())

    task = asyncio.ensure_future(ask())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await log.close()

    assert told(await opened(keyed, tmp_path), "outcome")["ending"] == "client_cancel"


async def test_a_task_cancelled_while_concluding(keyed: World, tmp_path: Path) -> None:
    """Cancelled again and again while the outcome is written, the outcome is still there, once."""
    log = open_log(keyed, tmp_path)
    committed = asyncio.Event()

    async def ask() -> None:
        async with log.entry(arrival()) as entry:
            asked = inbound()
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())
            committed.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(ask())
    await committed.wait()
    for _ in range(5):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    await log.close()

    assert told(await opened(keyed, tmp_path), "outcome")["ending"] == "client_cancel"


async def test_a_stream_passes_at_once_but_for_its_end(keyed: World, tmp_path: Path) -> None:
    """Pieces pass as they come; the last one comes after the outcome is on disk."""
    log = open_log(keyed, tmp_path)
    asked = inbound(stream=True)
    gate = asyncio.Event()
    outcomes: list[int] = []
    async with log.entry(arrival()) as entry:
        entry.identified(asked, policy())
        await entry.commit(placed(asked), policy())

        async def pieces() -> AsyncIterator[bytes]:
            yield b"first"
            await gate.wait()  # the first piece must be with the client before this opens
            entry.journal.complete = True
            yield b"[DONE]"

        def recorded() -> int:
            stored = show(tmp_path / "log", [keyed.auditor], kinds=frozenset({"outcome"}))
            return len(list(stored))

        got = []
        async for piece in entry.closing(pieces()):
            outcomes.append(await asyncio.to_thread(recorded))
            gate.set()
            got.append(piece)
    await log.close()

    assert got == [b"first", b"[DONE]"]
    assert outcomes == [0, 1]
    assert told(await opened(keyed, tmp_path), "outcome")["ending"] == "ok"


async def test_a_stream_without_an_end_is_truncated(keyed: World, tmp_path: Path) -> None:
    """A stream whose last piece nobody marked is an error, not a silent success."""
    log = open_log(keyed, tmp_path)

    with pytest.raises(UpstreamBroken):
        async with log.entry(arrival()) as entry:
            asked = inbound(stream=True)
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())
            assert [p async for p in entry.closing(pieces_of(b"one"))]
    await log.close()

    assert told(await opened(keyed, tmp_path), "outcome")["ending"] == "truncated"


async def test_no_last_piece_without_an_outcome(keyed: World, tmp_path: Path) -> None:
    """When the outcome cannot be written, the client gets an error in place of the last piece.

    Nor is anything done that comes after an outcome.
    """
    log = open_log(keyed, tmp_path)
    got: list[bytes] = []

    with pytest.raises(AuditDown):
        async with log.entry(arrival()) as entry:
            asked = inbound()
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())
            next((tmp_path / "log").glob("*.seg")).unlink()
            closing = entry.closing(pieces_of(b"whole"), lambda: got.append(b"kept"))
            got.extend([piece async for piece in closing])
    await log.close()

    assert got == []
    assert log.tally.unrecorded == 1


async def test_an_intent_waits_for_the_disk_and_an_outcome_does_not(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the disk has confirmed the intent nothing goes on; the answer needs its write only.

    That the disk fails after it is counted once.
    """
    log = open_log(keyed, tmp_path)
    await log.ready()
    asked = inbound()

    async with asyncio.timeout(20), log.entry(arrival()) as entry:
        entry.identified(asked, policy())
        before = HeldDisk(monkeypatch)
        committing = asyncio.ensure_future(entry.commit(placed(asked), policy()))
        await asyncio.sleep(0.05)
        waits = not committing.done()
        before.go.set()
        await committing
        after = HeldDisk(monkeypatch)  # until the answer is here, or the time is over
        after.fails = True
        got = [piece async for piece in entry.closing(pieces_of(b"whole"))]
        counted_before = log.tally.unrecorded
        after.go.set()
    await log.close()

    assert waits
    assert got == [b"whole"]
    assert (counted_before, log.tally.unrecorded) == (0, 1)


async def test_work_goes_on_while_the_disk_is_asked(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be done meanwhile is done before the disk has confirmed the intent."""
    log = open_log(keyed, tmp_path)
    await log.ready()
    asked, done = inbound(), asyncio.Event()

    async with asyncio.timeout(20), log.entry(arrival()) as entry:
        entry.identified(asked, policy())
        disk = HeldDisk(monkeypatch)
        committing = asyncio.ensure_future(
            entry.commit(placed(asked), policy(), meanwhile=done.set)
        )
        await done.wait()
        await asyncio.sleep(0.05)
        waits = not committing.done()
        disk.go.set()
        await committing
    await log.close()

    assert waits


async def test_what_fails_meanwhile_leaves_a_whole_record(keyed: World, tmp_path: Path) -> None:
    """The intent is written all the same, and its outcome says that the exchange ended there."""
    log = open_log(keyed, tmp_path)
    asked = inbound()

    def fail() -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        async with log.entry(arrival()) as entry:
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy(), meanwhile=fail)
    await log.close()

    ended = told(await opened(keyed, tmp_path), "outcome")
    assert (ended["ending"], ended["code"]) == ("truncated", "server.defect")
    assert log.tally.unrecorded == 0


async def test_a_refusal_waits_for_the_disk(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Intent and outcome of a refusal, and the policy they name, count only once synced."""
    log = open_log(keyed, tmp_path, bounds=Bounds(reopen_s=0.0))
    await log.ready()
    disk = HeldDisk(monkeypatch)
    disk.fails = True
    disk.go.set()

    with pytest.raises(Blocked):
        async with log.entry(arrival()) as entry:
            entry.identified(inbound(), policy())
            raise Blocked("not allowed")
    unrecorded, digest = log.tally.unrecorded, log.policy_digest
    disk.fails = False
    await exchange(log)
    await log.close()

    records = await opened(keyed, tmp_path)
    assert (unrecorded, digest) == (1, None)
    assert [o.leaf["pol"] for o in records if o.kind == "policy"] == [policy().digest]


async def test_no_intent_no_receipt(keyed: World, tmp_path: Path) -> None:
    """When the intent cannot be written there is no `Recorded`, and it is counted."""
    (tmp_path / "log").write_text("in the way")
    log = open_log(keyed, tmp_path)

    with pytest.raises(AuditDown) as refused:
        async with log.entry(arrival()) as entry:
            asked = inbound()
            entry.identified(asked, policy())
            await entry.commit(placed(asked), policy())
    await log.close()

    assert refused.value.status == 503
    assert log.tally.unrecorded == 1
    assert log.tally.problem


async def test_the_intent_says_where_it_may_go(keyed: World, tmp_path: Path) -> None:
    """Whose each lawful deployment is, and in which countries, as they were at that moment."""
    log = open_log(keyed, tmp_path)
    await exchange(log)
    await log.close()

    said = told(await opened(keyed, tmp_path), "intent")
    place = {"provider": "standin", "inference": ["DE"], "storage": ["DE"]}
    assert said["places"] == {"eu-1": place}


async def test_the_intent_names_what_a_request_goes_on_from(keyed: World, tmp_path: Path) -> None:
    """The provider's name for a conversation is sealed with the intent; without one is nothing."""
    log = open_log(keyed, tmp_path)
    recall = Recall(kind=Kept.CONVERSATION, id="conv_7", place="/conversation")
    asked = inbound()
    going_on = replace(asked, question=replace(asked.question, recall=recall))
    for each in (asked, going_on):
        async with log.entry(arrival()) as entry:
            entry.identified(each, policy())
            await entry.commit(placed(each), policy())
    await log.close()

    records = await opened(keyed, tmp_path)
    named = [(r.meta or {}).get("session") for r in records if r.kind == "intent"]
    leaves = b"".join(path.read_bytes() for path in (tmp_path / "log").glob("*.seg"))
    assert named == [None, "conv_7"]
    assert b"conv_7" not in leaves


async def test_detail_redacted_holds_what_was_sent(keyed: World, tmp_path: Path) -> None:
    """At detail `redacted` the record opens to the body with placeholders."""
    log = open_log(keyed, tmp_path)
    await exchange(log, detail=Detail.REDACTED)
    await log.close()

    intent = next(o for o in (await opened(keyed, tmp_path)) if o.kind == "intent")
    assert intent.content == b'{"model":"chat","input":"PERSON_7K2QX9MD"}'
    assert intent.level == "redacted"


async def test_detail_full_holds_what_was_asked(keyed: World, tmp_path: Path) -> None:
    """At detail `full` the record opens to what was asked and sent, for two recipients only."""
    log = open_log(keyed, tmp_path)
    await exchange(log, detail=Detail.FULL, body=b'{"input":"Erika Mustermann"}')
    await log.close()

    intent = next(o for o in (await opened(keyed, tmp_path)) if o.kind == "intent")
    alone = await asyncio.to_thread(lambda: list(show(tmp_path / "log", [keyed.escrow])))
    assert intent.level == "full"
    assert texts("full", intent.content or b"") == Texts(
        original=b'{"input":"Erika Mustermann"}',
        sent=b'{"model":"chat","input":"PERSON_7K2QX9MD"}',
    )
    assert [(o.level, o.content) for o in alone if o.level] == [("full", None)]


async def test_detail_full_without_a_body_is_refused(keyed: World, tmp_path: Path) -> None:
    """A policy that asks for the original is not served without it."""
    log = open_log(keyed, tmp_path)

    with pytest.raises(AuditDown):
        await exchange(log, detail=Detail.FULL)
    await log.close()


async def test_user_text_stays_sealed(keyed: World, tmp_path: Path) -> None:
    """Lone surrogates, huge texts and floats in what a refusal tells do not stop its record."""
    log = open_log(keyed, tmp_path)
    with pytest.raises(Blocked):
        async with log.entry(arrival()) as entry:
            entry.identified(inbound(), policy())
            raise Blocked(
                "no", facts={"\ud800": "x" * 9999, "score": 0.5, "deep": [[[{1}]]], "o": log}
            )
    await log.close()

    facts = told(await opened(keyed, tmp_path), "intent")["facts"]
    assert facts["score"] == "0.5"
    assert facts["o"] == "AuditLog"
    assert len(facts["?"]) == 256
