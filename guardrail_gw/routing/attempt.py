"""One attempt: one send to one deployment, from its first byte to the end of the answer.

Each attempt is a fresh object and notes itself exactly once, in the journal and at the breaker,
whatever becomes of it.
"""

import asyncio
import hashlib
import re
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from guardrail_gw.core.amounts import Measured, Tier, Usage, nano_usd
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import (
    AnswerEvent,
    Attempt,
    EventKind,
    Journal,
)
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.ports import AnswerReader, Clock, Upstream, UpstreamResponse
from guardrail_gw.deadline import Deadlines
from guardrail_gw.dialects.opened.measured import spoken
from guardrail_gw.dialects.translation.heard import Uncarried
from guardrail_gw.dialects.translation.hub import Begun
from guardrail_gw.errors import UpstreamBroken, UpstreamFailed, UpstreamFault, UpstreamTimeout
from guardrail_gw.routing import verdict
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.routing.estimate import tokens_of
from guardrail_gw.routing.health import Health
from guardrail_gw.routing.spent import NOTHING, Earlier, Spent, both
from guardrail_gw.routing.verdict import Blame, Miss
from guardrail_gw.routing.wording import Wording

MAX_HELD: Final = 1000
"""Events before the first content; more is not a stream any provider sends."""

_INLINE_BYTES = 1 << 20
_OK = 200
_ID_HEADERS: Final = ("x-request-id", "request-id", "x-amzn-requestid", "apim-request-id")
_ID = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")

# an enum's member looked up in its class takes as long as a call
_CONTENT: Final = EventKind.CONTENT
_DONE: Final = EventKind.DONE
_ERROR: Final = EventKind.ERROR
_NONE: Final = Blame.NONE
_OURS: Final = Blame.OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every attempt of one exchange shares."""

    upstream: Upstream
    clock: Clock
    stream: bool
    journal: Journal
    deadlines: Deadlines
    deadline_s: float
    """On the monotonic clock: no answer may begin after it."""
    ends_s: float
    """On the monotonic clock: every answer is over by then."""
    first_token_s: float | None = None
    """In which a stream must have begun, by each attempt."""
    tier: Tier | None = None
    """That the request asks for."""
    earlier: Earlier = NOTHING
    """Of the same answer, which broke off elsewhere."""


class Sending:
    """One attempt; after `open` has returned None, an iterator over the answer's events."""

    def __init__(
        self, around: Surroundings, deployment: Deployment, health: Health, wording: Wording
    ) -> None:
        self.deployment = deployment
        self.wording = wording
        self._around = around
        self._breaker = health.breaker
        self._health = health
        fitted = wording.fitted(deployment)
        self._body = fitted.body
        self.left_out = fitted.left_out
        self._held: deque[AnswerEvent] = deque()
        self._arriving: Iterator[AnswerEvent] = iter(())
        self._ended = False
        self._sent: AbstractAsyncContextManager[UpstreamResponse] | None = None
        self._noted = False
        self.events = 0
        """With content, that were passed on."""
        self.size = 0
        """Of their text, in bytes."""
        self._usage: Usage | None = None
        self._measured: Measured = ()
        self._tier: Tier | None = None
        self._billed_usd: Decimal | None = None
        self._guessed_nano = 0
        self._is_whole = False

    @property
    def spent(self) -> Spent:
        """What it has used so far."""
        return Spent(
            deployment=self.deployment,
            usage=self._usage,
            measured=self._measured,
            tier=self._tier,
            events=self.events,
            size=self.size,
            billed_usd=self._billed_usd,
            is_whole=self._is_whole,
        )

    @property
    def named(self) -> str | None:
        """The provider's name for the answer, as far as it has arrived."""
        return next((e.provider_id for e in self._held if e.provider_id is not None), None)

    @property
    def names(self) -> tuple[tuple[Kept, str], ...]:
        """What else that the provider keeps is named in what has arrived."""
        return tuple(each for event in self._held for each in event.names)

    async def open(self) -> Miss | None:
        """Send, and wait until the answer is certain; None means that it is.

        Raises:
            UpstreamRefused: the provider refused the request itself.
        """
        around = self._around
        await self._enter()
        self._started_us = around.clock.now_us()
        self._started_s = around.clock.monotonic_s()
        try:
            patience_s = max(0.0, self._patience_s())
            self._patience_us = round(patience_s * 1e6)
            with around.deadlines.within(patience_s):
                missed = await self._begin()
        except TimeoutError:
            missed = verdict.TIMEOUT
        except BaseException:
            await self.close()
            raise
        if missed is None:
            self._answered()
        else:
            self._note(missed.result, missed.blame, missed.asked_s)
            await self._leave()
        return missed

    def _patience_s(self) -> float:
        """How long this attempt may take to begin."""
        around = self._around
        left_s = min(around.deadline_s, around.ends_s) - self._started_s
        is_bounded = around.stream and around.first_token_s is not None
        return min(left_s, around.first_token_s or left_s) if is_bounded else left_s

    async def _enter(self) -> None:
        self._ticket = self._breaker.enter()  # first: nobody else may become the probe meanwhile
        self._health.began(tokens_of(len(self._body)), self._around.clock.monotonic_s())
        try:
            self._sha256 = self.wording.digest(self.deployment) or await _sha256(self._body)
        except BaseException:
            self._breaker.abandoned(self._ticket)  # nothing was sent, so nothing is noted
            self._health.left()
            raise

    def _answered(self) -> None:
        """An answer has begun, or is here as a whole."""
        self._first_s = self._around.clock.monotonic_s()
        self._breaker.answered(self._ticket, self._first_s)
        took_s = self._first_s - self._started_s
        self._health.answered(took_s, self._first_s, stream=self._around.stream)

    async def close(self) -> None:
        """Close the connection; an answer that was not read to its end counts as cancelled."""
        self._note("cancelled", _OURS)
        await self._leave()

    async def _leave(self) -> None:
        sent, self._sent = self._sent, None
        if sent is not None:
            await sent.__aexit__(None, None, None)

    def __aiter__(self) -> Self:
        """Iterate over the committed answer."""
        return self

    async def __anext__(self) -> AnswerEvent:
        """Return the next event.

        Raises:
            UpstreamTimeout: the provider stopped in mid-answer.
            UpstreamBroken: the answer broke off, or is not what the dialect allows.
        """
        while (event := self.ready()) is None:
            if self._noted:
                raise StopAsyncIteration
            await self._fill()
        return event

    def ready(self) -> AnswerEvent | None:
        """Return the next event if it has arrived.

        Raises:
            UpstreamBroken: what has arrived is an error, or not what the dialect allows.
        """
        if self._held:
            event: AnswerEvent | None = self._held.popleft()
        else:
            try:
                event = next(self._arriving, None)
            except Uncarried:
                self._note(verdict.UNCARRIED.result, verdict.UNCARRIED.blame)
                raise
            except UpstreamFault:
                self._note("truncated", Blame.FAILURE)
                raise
        return None if event is None else self._passed(event)

    def _passed(self, event: AnswerEvent) -> AnswerEvent:
        if event.kind is _ERROR:
            self._arriving = iter(())
            self._note("truncated", Blame.FAILURE)
            raise verdict.broken_off(self.deployment.id, event.data)
        self._facts(event)
        if event.kind is _CONTENT:
            self.events += 1
            self.size += len(event.text or "")
        if event.kind is _DONE or not self._around.stream:
            self._is_whole = True
            self._note("ok", _NONE)  # before it is passed on: the outcome record comes next
        return event

    async def _begin(self) -> Miss | None:
        try:
            response = await self._head()
            if response.status != _OK:
                return await self._unusable(response)
            self._chunks = response.chunks
            self._reader: AnswerReader = self._fresh_reader()
            return await (self._until_content() if self._around.stream else self._whole())
        except (UpstreamTimeout, UpstreamFailed, UpstreamBroken) as fault:
            return verdict.missed(fault)

    def _fresh_reader(self) -> AnswerReader:
        return self.wording.reader(
            self.deployment, self._started_us // 1_000_000, self._called, self._billed
        )

    def _billed(self, usd: Decimal) -> None:
        """What its provider asks for it, by its own account."""
        self._billed_usd = usd

    def _called(self) -> Begun:
        """A provider that names an answer nowhere in it does so, perhaps, in its head."""
        id_ = self._request_id or f"{self._started_us:x}-{self._sha256[:16]}"
        return Begun(id=id_, model=self.deployment.model)

    async def _head(self) -> UpstreamResponse:
        path = self.wording.address(self.deployment)
        headers = self.wording.headers(self.deployment)
        method = self.wording.head.method
        sending = self._around.upstream.send(self.deployment, path, self._body, headers, method)
        response = await sending.__aenter__()
        self._sent = sending  # from here on there is a connection to close
        clock = self._around.clock
        self._health.headroom.heard(response.headers, clock.now_us(), clock.monotonic_s())
        named = next((response.headers[n] for n in _ID_HEADERS if n in response.headers), None)
        self._request_id = named if named and _ID.fullmatch(named) else None
        return response

    async def _unusable(self, response: UpstreamResponse) -> Miss:
        status = response.status
        if not verdict.is_refused(status):
            return verdict.miss(status, response.headers, self._around.clock.now_us())
        body = await _first_bytes(response)
        self._note(f"http_{status}", _NONE)
        raise verdict.refusal(self.deployment.id, status, body)

    async def _until_content(self) -> Miss | None:
        """Hold what comes before the first content: unseen, it can still be dropped."""
        while not self._ended:
            await self._read()
            for event in self._arriving:
                self._held.append(event)
                if event.kind in (_CONTENT, _DONE):
                    return None
                if event.kind is _ERROR:
                    return verdict.TRUNCATED
                if len(self._held) > MAX_HELD:
                    return verdict.MALFORMED
        return verdict.TRUNCATED

    async def _whole(self) -> Miss | None:
        while not self._ended:
            await self._read()
            self._held += self._arriving
        kinds = [event.kind for event in self._held]
        if kinds == [_CONTENT]:
            return None
        return verdict.TRUNCATED if _ERROR in kinds else verdict.MALFORMED

    async def _read(self) -> None:
        """Take one piece, or the end, to be decoded as its events are asked for."""
        try:
            chunk = await anext(self._chunks, None)
        except UpstreamFault:
            if not self._reader.complete:
                raise
            chunk = None  # the answer was whole; only how its bytes end is not as it should be
        self._ended = chunk is None
        self._arriving = iter(self._reader.end() if chunk is None else self._reader.feed(chunk))

    async def _fill(self) -> None:
        try:
            if self._ended:
                raise UpstreamBroken(
                    f"the answer of {self.deployment.id} ended before its end mark"
                )
            await self._read_in_time()
        except UpstreamTimeout:
            self._note("timeout", Blame.FAILURE)
            raise
        except UpstreamFault:
            self._note("truncated", Blame.FAILURE)
            raise

    async def _read_in_time(self) -> None:
        """Read, as long as the answer may still go on."""
        around = self._around
        left_s = around.ends_s - around.clock.monotonic_s()
        try:
            with around.deadlines.within(max(left_s, 0.0)):
                await self._read()
        except TimeoutError:
            name = self.deployment.id
            raise UpstreamTimeout(f"the answer of {name} took longer than it may") from None

    def _facts(self, event: AnswerEvent) -> None:
        journal = self._around.journal
        measured = event.measured or self._spoken(event)
        is_told_again = self.wording.head.method != "POST" and event.tier is not Tier.BATCH
        if (event.usage is not None or measured) and not is_told_again:
            earlier = self._around.earlier
            self._usage = event.usage or self._usage
            said = event.tier or self._tier
            self._tier = said or self.deployment.unsaid(self._around.tier)
            self._measured = measured or self._measured
            journal.usage = both(earlier.usage, self._usage)
            journal.measured, journal.tier = self._measured, self._tier
            own = self.deployment.cost_usd(self._usage, self._measured, self._tier)
            self._guess(own)
            cost = earlier.cost(own)
            journal.cost_usd = None if cost is None else str(cost)
            billed = earlier.billed(self._billed_usd)
            journal.billed_usd = None if billed is None else f"{billed:f}"
        if event.finish is not None:
            journal.finish = event.finish
        if journal.provider_request_id is None:
            journal.provider_request_id = self._request_id or event.provider_id

    def _guess(self, known: Decimal | None) -> None:
        """Note at most what it may have cost where nobody knows the price of its tier."""
        nano = 0
        if known is None and self._usage is not None:
            nano = nano_usd(self.deployment.most_usd(self._usage, self._tier))
        self._around.journal.estimated_nano += nano - self._guessed_nano
        self._guessed_nano = nano

    def _spoken(self, event: AnswerEvent) -> Measured:
        """What a recording is counted in: the signs that it says, as they were sent.

        It comes as a whole; bytes that come in pieces are those of a file.
        """
        return () if event.raw is None or self._around.stream else spoken(self._body)

    def _note(self, result: str, blame: Blame, asked_s: float | None = None) -> None:
        if self._noted:
            return
        self._noted = True
        now_s = self._around.clock.monotonic_s()
        self._around.journal.attempts.append(
            Attempt(
                deployment=self.deployment.id,
                provider=self.deployment.provider,
                model=self.deployment.model,
                result=result,
                started_us=self._started_us,
                duration_us=round((now_s - self._started_s) * 1e6),
                sent_sha256=self._sha256,
                patience_us=self._patience_us,
            )
        )
        _tell(self._breaker, self._ticket, blame, now_s)
        self._left(result, now_s)
        if blame is Blame.QUOTA and asked_s is not None:
            self._breaker.park(now_s, asked_s, result)

    def _left(self, result: str, now_s: float) -> None:
        """Nobody waits there any more; what it took is what others may expect."""
        self._health.left()
        if result == "timeout":
            self._health.answered(now_s - self._started_s, now_s, stream=self._around.stream)
        elif result == "ok" and self._around.stream:
            tokens = self.events if self._usage is None else self._usage.output
            self._health.pace.spoke(tokens, now_s - self._first_s, now_s)


def _tell(breaker: Breaker, ticket: int, blame: Blame, now_s: float) -> None:
    if blame is _NONE or blame is Blame.QUOTA:
        breaker.succeeded(ticket, now_s)
    elif blame is _OURS:
        breaker.abandoned(ticket)
    elif blame is Blame.FAILURE:
        breaker.failed(ticket, now_s)
    else:
        breaker.rejected(ticket, now_s)  # it does not take our key


async def _sha256(body: bytes) -> str:
    if len(body) <= _INLINE_BYTES:
        return hashlib.sha256(body).hexdigest()
    return (await asyncio.to_thread(hashlib.sha256, body)).hexdigest()


async def _first_bytes(response: UpstreamResponse) -> bytes:
    """As much of an error as is worth reading; one that breaks off is still an error."""
    body = b""
    try:
        async for chunk in response.chunks:
            body += chunk
            if len(body) > verdict.MAX_ERROR_BYTES:
                break
    except UpstreamFault:
        return b""
    return body
