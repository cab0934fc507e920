"""Deployments that behave as told behind the upstream port, and a clock that tests own."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from decimal import Decimal
from random import Random  # noqa: TID251 - seeded, so that a failure repeats
from typing import Any, cast

from guardrail_gw.core.amounts import Price, Usage
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import (
    BARE,
    AnswerEvent,
    Arrival,
    Envelope,
    EventKind,
    Head,
    Inbound,
    Journal,
    Placed,
    Question,
    Receipt,
    Recorded,
    Redacted,
)
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.objective import BY_COST, Ranking
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.ports import (
    Classifier,
    Dialect,
    Headers,
    UpstreamCrowded,
    UpstreamResponse,
    UpstreamStale,
)
from guardrail_gw.core.way import PLAIN, Way
from guardrail_gw.errors import (
    UpstreamBroken,
    UpstreamFailed,
    UpstreamFault,
    UpstreamTimeout,
)
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.search import RoutingLimits

EPOCH_US = 1_795_000_000_000_000


def said(plan: Plan) -> tuple[object, ...]:
    """All that a plan says; two plans are equal only if they are one."""
    return tuple(getattr(plan, each.name) for each in fields(plan))


class OwnClock:
    """Time that passes only while somebody sleeps, or when a test says so."""

    def __init__(self) -> None:
        self.at_s = 1000.0
        self.slept: list[float] = []

    def now_us(self) -> int:
        return EPOCH_US + round(self.at_s * 1e6)

    def monotonic_s(self) -> float:
        return self.at_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at_s += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a deployment does with one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()
    ends: str = "well"
    """`well`, `cut`, `idle` (gives up waiting), `hangs`; without a head: `connect`, `timeout`,
    `stale`, `crowded`."""
    takes_s: float = 0.0


STREAM = (b"L", b"C", b"C", b"U", b"D")
GOOD = Act(pieces=STREAM)
WHOLE = Act(pieces=(b"o", b"k"))
CONNECT = Act(ends="connect")
TIMEOUT = Act(ends="timeout")
STALE = Act(ends="stale")
CROWDED = Act(ends="crowded")


def status(code: int, body: bytes = b"", **headers: str) -> Act:
    """An answer that is none; `retry_after` becomes `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Act(status=code, headers=named, pieces=(body,))


NEVER_OK = [CONNECT, TIMEOUT, status(500), status(503), status(429), status(401), status(302)]
LIFE, CONTENT, USAGE, DONE = (
    EventKind.LIFECYCLE,
    EventKind.CONTENT,
    EventKind.USAGE,
    EventKind.DONE,
)


_NO_HEAD: Mapping[str, type[UpstreamFault]] = {
    "connect": UpstreamFailed,
    "timeout": UpstreamTimeout,
    "stale": UpstreamStale,
    "crowded": UpstreamCrowded,
}


@dataclass(slots=True)
class Providers:
    """The upstream port; each deployment plays its acts, then its last one for ever."""

    clock: OwnClock
    acts: dict[str, list[Act]] = field(default_factory=dict)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def send(
        self,
        deployment: Deployment,
        path: str,
        body: bytes,
        headers: Headers = (),
        method: str = "POST",
    ) -> AsyncIterator[UpstreamResponse]:
        self.sent.append((deployment.id, body))
        acts = self.acts[deployment.id]
        act = acts.pop(0) if len(acts) > 1 else acts[0]
        self.clock.at_s += act.takes_s
        if fault := _NO_HEAD.get(act.ends):
            raise fault("no head")
        try:
            yield UpstreamResponse(status=act.status, headers=act.headers, chunks=_chunks(act))
        finally:
            self.left.append(deployment.id)

    @property
    def asked(self) -> list[str]:
        """Whom the gateway sent to, in order."""
        return [name for name, _ in self.sent]


async def _chunks(act: Act) -> AsyncIterator[bytes]:
    for piece in act.pieces:
        yield piece
    if act.ends == "cut":
        raise UpstreamBroken("cut off")
    if act.ends == "idle":
        raise UpstreamTimeout("silent")
    if act.ends == "hangs":
        await asyncio.Event().wait()


class LetterDialect:
    """L(ifecycle), C(ontent), U(sage), E(rror), D(one), H(eld back until the bytes are over: done).

    A whole answer is `ok`.
    """

    name = "letters"

    def address(self, head: Head, model: str) -> str:
        return "/letters"

    def own(self, body: bytes) -> bytes:
        """Letters have no thoughts."""
        return body

    def operation(self, head: Head) -> str:
        """There is one."""
        return head.path or "letters"

    def members(self, question: Question) -> Mapping[str, Any]:
        return {"said_already": 7}

    def reader(self, *, stream: bool, head: Head = BARE) -> "_Letters":
        return _Letters(stream=stream)


_USAGE = Usage(input=100, output=10)
_EVENTS = {
    b"L": AnswerEvent(kind=EventKind.LIFECYCLE, data={}, provider_id="from-the-body"),
    b"C": AnswerEvent(kind=EventKind.CONTENT, data={}, finish="stop"),
    b"U": AnswerEvent(kind=EventKind.USAGE, data={}, usage=_USAGE),
    b"E": AnswerEvent(kind=EventKind.ERROR, data={}),
    b"D": AnswerEvent(kind=EventKind.DONE),
}


@dataclass(slots=True)
class _Letters:
    stream: bool
    body: bytes = b""

    @property
    def complete(self) -> bool:
        return self.body.endswith((b"D", b"H"))

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        self.body += chunk
        for letter in chunk.removesuffix(b"H") if self.stream else b"":
            event = _EVENTS.get(bytes([letter]))
            if event is None:
                raise UpstreamBroken("no such letter")
            yield event

    def end(self) -> list[AnswerEvent]:
        if self.stream and self.body.endswith(b"H"):
            return [_EVENTS[b"D"]]
        if self.stream and not self.body.endswith((b"D", b"E")):
            raise UpstreamBroken("no end mark")
        if self.stream:
            return []
        if self.body == b"E":
            return [_EVENTS[b"E"]]
        if self.body != b"ok":
            raise UpstreamBroken("not ok")
        return [AnswerEvent(kind=EventKind.CONTENT, data={"ok": 1}, usage=_USAGE)]


def deployment(name: str, price: str | None = "1", dialect: str = "letters") -> Deployment:
    """One in Germany; `price` is that of a million tokens of either kind."""
    per = None if price is None else Decimal(price)
    return Deployment(
        id=name,
        provider="p",
        model=f"model-of-{name}",
        base_url="http://127.0.0.1:9",
        dialect=dialect,
        inference=frozenset({"DE"}),
        storage=frozenset({"DE"}),
        price=None if per is None else Price(input=per, output=per, cached_input=per),
    )


def recorded(lawful: Sequence[Deployment], *, stream: bool, once: bool = False) -> Recorded:
    """A request that may go to these."""
    arrival = Arrival(id=RequestId("r"), surface="letters", received_us=EPOCH_US)
    question = Question(
        dialect="letters",
        model="m",
        stream=stream,
        segments=(),
        attachments=(),
        source=None,
        once=once,
    )
    inbound = Inbound(
        arrival=arrival,
        principal=Principal(tenant="t", team="t", user="u", key_id="k"),
        question=question,
    )
    redacted = Redacted(
        inbound=inbound,
        envelope=Envelope(before=b'{"model":', after=b"}"),
        originals={},
        entities={},
        rules=(),
        policy_digest="",
    )
    placed = Placed(redacted=redacted, lawful=tuple(lawful), rejected=(), rules=())
    receipt = Receipt(origin="o", index=0, leaf_hash="")
    return Recorded(placed=placed, receipt=receipt, journal=Journal())


@dataclass(slots=True)
class Stage:
    """Routing over told deployments, the first the cheapest."""

    acts: Mapping[str, Sequence[Act]]
    limits: RoutingLimits = field(default_factory=RoutingLimits)
    seed: int = 0
    unlawful: set[str] = field(default_factory=set)
    """Lawful when placed, no longer at the attempt."""
    way: Way = PLAIN
    clock: OwnClock = field(default_factory=OwnClock)
    ranking: Ranking = BY_COST
    others: Mapping[str, Ranking] = field(default_factory=dict)
    """Of other models than `m`."""
    accounts: Accounts | None = None
    classifier: Classifier | None = None
    providers: Providers = field(init=False)
    routing: Routing = field(init=False)
    lawful: list[Deployment] = field(init=False)
    record: Recorded = field(init=False)

    def __post_init__(self) -> None:  # noqa: D105 - a fake
        self.providers = Providers(self.clock, {k: list(v) for k, v in self.acts.items()})
        self.lawful = [deployment(name, str(i + 1)) for i, name in enumerate(self.acts)]
        self.routing = Routing(
            upstream=self.providers,
            dialects={"letters": cast("Dialect", LetterDialect())},
            clock=self.clock,
            still_lawful=lambda placed, d: d in placed.reachable and d.id not in self.unlawful,
            limits=self.limits,
            jitter=Random(self.seed),  # noqa: S311 - repeatable
            ways={"m": self.way},
            rankings={"m": self.ranking, **self.others},
            accounts=self.accounts,
            classifier=self.classifier,
        )

    async def ask(self, *, stream: bool = True, once: bool = False) -> list[EventKind]:
        """Dispatch one request and read the whole answer."""
        self.record = recorded(self.lawful, stream=stream, once=once)
        async with self.routing.dispatch(self.record) as reply:
            return [event.kind async for event in reply.events]

    @property
    def results(self) -> list[str]:
        """The last request's attempts, as the journal has them."""
        return [f"{a.deployment} {a.result}" for a in self.record.journal.attempts]
