"""The seams: what the rooms ask of the edges. Tests put fakes here and nowhere else."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from guardrail_gw.core.cached import CachedAnswer, CacheTally
from guardrail_gw.core.counting import Denied, Reservation
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import BARE, AnswerEvent, Envelope, Head, Question
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.core.text import Finding, Segment
from guardrail_gw.errors import UpstreamFailed

T = TypeVar("T")
Headers = tuple[tuple[str, str], ...]
"""Names and values."""


class Clock(Protocol):
    """Time, so that tests own it."""

    def now_us(self) -> int:
        """Microseconds since the epoch (wall clock)."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Chance(Protocol):
    """A source of chance, so that tests own it; `random.Random`, `secrets.SystemRandom` are."""

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""
        ...


class Detector(Protocol):
    """Finds personal data."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> Sequence[tuple[Finding, ...]]:
        """Return the findings of each segment: sorted, not overlapping, all scores, all entities.

        Args:
            segments: what is to be scanned.
            countries: states outside Europe, ISO 3166-1 alpha-2, whose identifiers count, too.

        Raises:
            DetectionDown: not scanned in time, or not at all; never a partial answer.
        """
        ...


class Classifier(Protocol):
    """Sorts requests by what they mean, on this machine."""

    async def classify(self, text: str) -> RouteClass:
        """The route class of what a user said last, as it leaves: with placeholders.

        It never raises and never takes longer than its deadline: whatever goes wrong, the request
        has the fallback class, which says why.
        """
        ...


class AnswerReader(Protocol):
    """Reads one upstream answer, fed with bytes cut anywhere."""

    @property
    def complete(self) -> bool:
        """Whether an end mark was read, so that nothing needs to follow."""
        ...

    def feed(self, chunk: bytes) -> Iterable[AnswerEvent]:
        """Yield the events that are complete now, to be read before the next call.

        They may be decoded one by one, so that the first of many need not wait for the others.

        Raises:
            UpstreamBroken: the bytes are not what the dialect allows; while they are yielded, too.
        """
        ...

    def end(self) -> Iterable[AnswerEvent]:
        """Return what the end of the bytes completes.

        Raises:
            UpstreamBroken: the answer ended before its end mark.
        """
        ...


class Spoken(Protocol):
    """One wire format, as providers speak it; without I/O."""

    @property
    def name(self) -> str:
        """The name used in configuration, records and metrics."""
        ...

    def address(self, head: Head, model: str) -> str:
        """Path and query of a question with this head, appended to a deployment's base URL.

        Args:
            head: the question's.
            model: the deployment's name for its model.
        """
        ...

    def operation(self, head: Head) -> str:
        """What such a question asks for: the end of the path, with its query."""
        ...

    def members(self, question: Question) -> Mapping[str, Any]:
        """The body's top-level members, as the client sent them."""
        ...

    def own(self, body: bytes) -> bytes:
        """A body without thoughts that were told from another dialect."""
        ...

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:
        """A fresh reader for one answer to a question with this head."""
        ...


class Dialect(Spoken, Protocol):
    """One that clients speak, too. `redaction` uses more of it than this (see dialects/)."""

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Raises BodyRefused for anything not understood in full."""
        ...

    def rewrite(
        self, question: Question, replacements: Mapping[int, str], *, stored: bool | None = None
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays as it is.

        Args:
            question: whose body it is.
            replacements: index of a segment -> its new text.
            stored: whether the provider may keep the answer, whatever the body says; None: if the
                body says so.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamResponse:
    """The head of an upstream's answer, its body still to come."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names."""
    chunks: AsyncIterator[bytes] = field(repr=False)
    """Raises UpstreamTimeout when idle too long, UpstreamBroken when cut off."""


class UpstreamStale(UpstreamFailed):
    """A kept connection was closed before anything of an answer came over it."""


class UpstreamCrowded(UpstreamFailed):
    """As many connections to one deployment as there may be are in use."""


class Upstream(Protocol):
    """Sends bytes to a deployment."""

    def send(
        self,
        deployment: Deployment,
        path: str,
        body: bytes,
        headers: Headers = (),
        method: str = "POST",
    ) -> AbstractAsyncContextManager[UpstreamResponse]:
        """Send `body`; leaving the context closes the connection if the answer was not read whole.

        Args:
            deployment: whom to ask.
            path: appended to its base URL.
            body: sent as it is.
            headers: besides those that every request to it has.
            method: HTTP's.

        Raises:
            UpstreamFailed: no connection; UpstreamStale, UpstreamCrowded where that is why.
            UpstreamTimeout: no response head in time.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Whose a value is, and how much of theirs may be in a store at once."""

    name: str
    """From which nobody can tell whose it is."""
    of: str
    """`key`, `tenant`: for the error."""
    max_bytes: int


class StateStore(Protocol):
    """Small values that outlive a request, for all who share the store; each has its time.

    Every method raises StateDown when the store cannot do its work; one that writes raises
    StateFull when somebody's share is used up. There is nothing else.
    """

    async def start(self) -> None:
        """Be ready, if that takes work."""
        ...

    async def close(self) -> None:
        """Let go of the store; what is in it stays."""
        ...

    async def get(self, name: str) -> bytes | None:
        """The value; None when there is none, or its time is over."""
        ...

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        """Set the value, whatever was there, for so many seconds from now; it counts in `shares`.

        What counts is the value's length, whoever's share the earlier one was in.
        """
        ...

    async def swap(
        self,
        name: str,
        old: bytes | None,
        new: bytes,
        *,
        ttl_s: float,
        shares: tuple[Share, ...] = (),
    ) -> bool:
        """Set the value if the present one is `old` (None: there is none); say whether it was."""
        ...

    async def delete(self, name: str) -> bool:
        """Take the value away; say whether there was one."""
        ...


class AnswerStore(Protocol):
    """Whole answers for a while, by names that tell nobody whose they are; it never waits."""

    @property
    def tally(self) -> CacheTally:
        """How much there is."""
        ...

    def get(self, name: bytes) -> CachedAnswer | None:
        """The answer; None when there is none, or its time is over."""
        ...

    def put(self, name: bytes, answer: CachedAnswer) -> None:
        """Keep an answer in the place of any earlier one; others may have to go for it."""
        ...

    def expire(self) -> float | None:
        """Let go of those whose time is over; in how many seconds the next one's is, if any."""
        ...


class Counters(Protocol):
    """Budgets, rates and slots (core/counting.py), for all who share the store.

    Every method raises StateDown when the store cannot do its work, and nothing else; then it is
    not known whether the work was done, and `settle` may be called again.
    """

    async def start(self) -> None:
        """Be ready, if that takes work."""
        ...

    async def close(self) -> None:
        """Let go of the store; what is counted stays."""
        ...

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        """Take all claims of all of them, or none and say which one did not fit.

        Args:
            wanted: of one home; each is settled by itself. A counter is claimed once in all.
        """
        ...

    async def renew(self, held: Sequence[Reservation]) -> None:
        """Keep the slots of those that are under way for another lease."""
        ...

    async def settle(
        self, held: Reservation, actual: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """Put what was used in the place of what was reserved; its slots are free.

        Args:
            held: what was granted.
            actual: name of a claim -> what was used; one that is not in it was used as reserved.

        Returns:
            Name of each budget -> what of it is used now; None if it was settled before.
        """
        ...

    async def used(self, home: str, names: Sequence[str]) -> Mapping[str, int]:
        """Name of a budget -> what of it is used, reserved or spent; 0 where nothing was."""
        ...

    async def begin_anew(
        self, home: str, budgets: Sequence[str], rates: Sequence[str] = ()
    ) -> Mapping[str, int]:
        """Forget what was used of counters, as if their window or minute had just begun.

        What is under way goes on: a reservation of before takes nothing of a budget until it is
        settled, and then what was used; so nobody gets back what was only reserved.

        Args:
            home: of all of them.
            budgets: names of their counters.
            rates: the same of requests and of tokens.

        Returns:
            Name of each budget -> what of it was used, reserved or spent.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A key that content is sealed under, and how long it has to stay."""

    sid: str
    """Random; the log names it."""
    tag: str
    """Of scope, level, retention and period: one row for each."""
    scope: str
    """A tag of whose content it is: a person's, or a tenant's."""
    tenant: str
    """A tag of the tenant."""
    level: str
    suite: int
    public: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    """The private half, for recipients only."""
    not_before_us: int
    """Before this it must not be destroyed, whoever asks."""
    until_us: int
    """From then on it must be."""
    wanted: str = ""
    """Why its erasure was asked for; empty if it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What remains of a row."""

    sid: str
    level: str
    why: str
    """`erased` or `expired`."""
    at_us: int
    until_us: int
    """The row's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Rows that must stay."""

    id: str
    scope: str
    """A tag of a person or a tenant; empty: everything."""
    since_us: int


class KeyRegister(Protocol):
    """The rows of keys; whatever it destroys is gone, and it destroys nothing that must stay."""

    async def found(self, tag: str) -> RegisterRow | None:
        """The row of a tag. Every method raises RegisterDown when the register cannot be asked."""
        ...

    async def put(self, row: RegisterRow) -> RegisterRow:
        """Add a row, unless its tag has one; returns the one that is there then."""
        ...

    async def known(self, sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        """What the register knows of each; of what it does not know there is no entry."""
        ...

    async def of_scope(self, scope: str) -> Sequence[RegisterRow]:
        """The rows of a person, or of a tenant with all its persons."""
        ...

    async def due(self, now_us: int) -> Sequence[RegisterRow]:
        """Rows whose time has passed, or whose erasure was asked for."""
        ...

    async def want(self, sids: Iterable[str], basis: str) -> None:
        """Note that erasure was asked for."""
        ...

    async def destroy(self, sids: Iterable[str], why: str, at_us: int) -> int:
        """Destroy rows but those under a hold or before their time; how many are gone now."""
        ...

    async def hold(self, hold: Hold) -> None:
        """From now on its rows stay."""
        ...

    async def release(self, hold_id: str, at_us: int) -> bool:
        """End a hold; whether there was such a one."""
        ...

    async def holds(self) -> Sequence[Hold]:
        """The holds that have not ended."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class Offload(Protocol):
    """Runs a function away from the event loop when its input is large."""

    async def __call__(self, function: Callable[[], T], *, size: int) -> T:
        """`size` is in bytes; small work runs inline."""
        ...
