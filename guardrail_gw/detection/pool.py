"""The detector port: texts in, findings out, scanned in processes of their own.

A text that was seen before costs a look-up. What is new goes, each text once, in bounded frames to
the detectors. Whatever keeps a text from being scanned whole and in time raises DetectionDown.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from guardrail_gw.core.ports import Clock
from guardrail_gw.core.text import Entity, Finding, Segment, SegmentKind
from guardrail_gw.detection.cache import FindingsCache
from guardrail_gw.detection.frames import request
from guardrail_gw.detection.line import RETRY_AFTER_S, Found, Job, Line, late, unavailable
from guardrail_gw.detection.merge import warm
from guardrail_gw.detection.pieces import Piece
from guardrail_gw.detection.process import COMMAND, HostProcess
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.whole import PIECE, cut, joined
from guardrail_gw.errors import ConfigError, DetectionDown

if TYPE_CHECKING:
    from guardrail_gw.detection.beside import Apart, Beside
    from guardrail_gw.detection.forked import Lend

FRAME_TEXT, FRAME_TEXTS = 65_536, 512
"""The most text (code points) and the most texts of one frame, unless one text is more."""

_BACKOFF_S, _BACKOFF_MAX_S = 0.05, 5.0

T = TypeVar("T")
Known = dict[bytes, tuple[Finding, ...]]


@dataclass(slots=True, kw_only=True)
class _Wanted:
    """What one call needs: what is known of it, and what must be scanned."""

    known: Known = field(default_factory=dict, repr=False)
    unknown: dict[bytes, tuple[str, SegmentKind]] = field(default_factory=dict, repr=False)
    countries: frozenset[str] = frozenset()
    size: int = 0
    """Code points of `unknown`."""


class DetectorPool:
    """Implements `core.ports.Detector`. One per gateway process; start, use, close."""

    def __init__(
        self,
        settings: DetectionSettings,
        clock: Clock,
        *,
        command: Sequence[str] = COMMAND,
        lend: "Lend | None" = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._host = HostProcess(settings, command, lend)
        self._cache = FindingsCache(settings.cache_bytes)
        self._digest = ""
        self._keeper: asyncio.Task[None] | None = None
        self._lines: dict[int, Line] = {}
        self._free: deque[Line] = deque()
        self._waiting: deque[Job] = deque()
        self._numbers = 0
        self._calls = 0
        self._size = 0
        self._failing = False
        self._beside: Beside | None = None

    @property
    def alive(self) -> bool:
        """Whether somebody looks after the detectors; False means restart the gateway."""
        return self._keeper is not None and not self._keeper.done()

    @property
    def ready(self) -> bool:
        """Whether a detector can take a text now."""
        return self.alive and bool(self._lines)

    @property
    def entities(self) -> frozenset[Entity]:
        """What the running detectors can find."""
        return self._host.entities

    @property
    def elsewhere(self) -> Mapping[Entity, frozenset[str]]:
        """Those that they look for only where a policy asks for these states' identifiers."""
        return self._host.elsewhere

    @property
    def digest(self) -> str:
        """Of the settings and models that scan: where it changes, so may what is found."""
        return self._digest

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the detectors, for metrics."""
        return tuple(line.pid.result() for line in self._lines.values())

    @property
    def waiting(self) -> int:
        """Frames that no detector has taken yet."""
        return len(self._waiting)

    @property
    def host_pid(self) -> int | None:
        """Process id of the detectors' parent."""
        return self._host.pid

    async def start(self) -> None:
        """Start the detectors and wait until one is ready.

        Raises:
            ConfigError: what is configured cannot be loaded, or did not start in time.
        """
        warming = asyncio.to_thread(_warmed, self._settings)
        _, self._beside = await asyncio.gather(self._start(), warming)

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        started: asyncio.Future[None] = loop.create_future()
        self._keeper = loop.create_task(self._keep_all(started), name="detectors")
        try:
            async with asyncio.timeout(self._settings.start_timeout_s):
                await asyncio.wait({started, self._keeper}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            await self.close()
            raise ConfigError("the detectors did not start in time") from None
        except BaseException:
            await self.close()
            raise
        if not started.done() or started.exception() is not None:
            await self.close()
            raise (started.exception() if started.done() else None) or ConfigError(
                "the detectors did not start"
            )

    async def close(self) -> None:
        """End the detectors; what waits for them is refused."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait({keeper})
        for line in list(self._lines.values()):
            line.close()
        while self._waiting:
            self._waiting.popleft().fail(unavailable("the gateway is stopping"))
        await self._host.close()

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> list[tuple[Finding, ...]]:
        """See `core.ports.Detector`."""
        wanted = _Wanted(countries=countries)
        plans = [
            self._want(each.text, each.kind, wanted)
            if len(each.text) <= PIECE
            else self._parts(each, wanted)
            for each in segments
        ]
        if wanted.unknown:
            await self._scan(wanted)
        known = wanted.known
        return [
            known[plan] if isinstance(plan, bytes) else _joined(segment.text, plan, known)
            for segment, plan in zip(segments, plans, strict=True)
        ]

    def _parts(self, segment: Segment, wanted: _Wanted) -> list[tuple[Piece, bytes]]:
        """The pieces of a long text, and their keys."""
        text = segment.text
        return [
            (piece, self._want(text[piece.start : piece.end], segment.kind, wanted))
            for piece in cut(text)
        ]

    def _want(self, text: str, kind: SegmentKind, wanted: _Wanted) -> bytes:
        """The text's key; what is found in it is known, or wanted."""
        key = self._cache.key(text, kind, digest=self._digest, countries=wanted.countries)
        if key not in wanted.known and key not in wanted.unknown:
            found = self._cache.get(key)
            if found is not None:
                wanted.known[key] = found
            elif not text:
                wanted.known[key] = ()
            else:
                wanted.unknown[key] = (text, kind)
                wanted.size += len(text)
        return key

    async def _scan(self, wanted: _Wanted) -> None:
        """Have the unknown texts scanned, and remember each frame's findings as it arrives."""
        self._admit(wanted.size)
        self._calls += 1
        self._size += wanted.size
        deadline = asyncio.get_running_loop().time() + self._settings.deadline_s
        apart = self._apart(wanted)
        names = apart is not None
        frames = _frames(wanted.unknown)
        jobs = [(keys, self._job(wanted, keys, deadline, names=names)) for keys in frames]
        try:
            async with asyncio.timeout_at(deadline):
                await self._collect(wanted.known, jobs, apart)
        except TimeoutError:
            raise late() from None
        finally:
            self._calls -= 1
            self._size -= wanted.size
            self._leave([job for _, job in jobs])

    def _leave(self, jobs: Sequence[Job]) -> None:
        """Nobody waits for them any more: what no detector has taken goes, with its text."""
        for job in jobs:
            _abandon(job)
        if any(job.answer.cancelled() for job in jobs):
            left = [job for job in self._waiting if not job.answer.done()]
            self._waiting.clear()
            self._waiting.extend(left)

    async def _collect(
        self, known: Known, jobs: Sequence[tuple[list[bytes], Job]], apart: "Apart | None"
    ) -> None:
        """Read here what is read here, and take up what detectors find."""
        digest = self._digest
        if apart is not None:
            await asyncio.sleep(0)  # what was written to the detector leaves
            _as_a_detector(apart.read)
        for keys, job in jobs:
            found = await job.answer
            if apart is not None:
                found = _as_a_detector(partial(apart.merged, found))
            self._remember(known, keys, found, digest)

    def _admit(self, size: int) -> None:
        """Refuse what could only wait."""
        if not self.alive or (self._failing and not self._lines):
            raise unavailable("no detector is running")
        if self._calls >= self._settings.max_queue:
            raise DetectionDown("too many requests wait to be scanned", retry_after_s=RETRY_AFTER_S)
        if self._size + size > self._settings.max_bytes:
            raise DetectionDown("too much text waits to be scanned", retry_after_s=RETRY_AFTER_S)

    def _apart(self, wanted: _Wanted) -> "Apart | None":
        """The texts, if rules are to read them here while a detector looks for names in them.

        Only where nobody else's texts are scanned or wait: one request at a time holds the event
        loop so, and where there are many it has enough to do without.
        """
        if self._beside is None or self._calls > 1 or not self._free:
            return None
        return self._beside.taken(wanted.unknown.values(), wanted.countries)

    def _job(self, wanted: _Wanted, keys: Sequence[bytes], deadline: float, *, names: bool) -> Job:
        texts = [wanted.unknown[key] for key in keys]
        self._numbers += 1
        job = Job(
            number=self._numbers,
            frame=request(self._numbers, texts, wanted.countries, names=names),
            lengths=[len(text) for text, _ in texts],
            deadline=deadline,
            names=names,
            again=self._again,
            answer=asyncio.get_running_loop().create_future(),
        )
        self._waiting.append(job)
        self._dispatch()
        return job

    def _again(self, job: Job) -> None:
        """A detector ended while it had this job: the next that is free gets it."""
        if self.alive:
            self._waiting.appendleft(job)
            self._dispatch()
        else:
            job.fail(unavailable("the gateway is stopping"))

    def _remember(self, known: Known, keys: Sequence[bytes], found: Found, digest: str) -> None:
        for key, findings in zip(keys, found, strict=True):
            known[key] = findings
            if digest == self._digest:
                self._cache.put(key, findings)

    def _dispatch(self) -> None:
        """Give waiting jobs to free detectors."""
        while self._waiting and self._free:
            job = self._waiting.popleft()
            if not job.answer.done():
                line = self._free.popleft()
                if line.lost.done():
                    self._waiting.appendleft(job)
                else:
                    line.ask(job)

    def _freed(self, line: Line) -> None:
        self._free.append(line)
        self._dispatch()

    async def _keep_all(self, started: "asyncio.Future[None]") -> None:
        async with asyncio.TaskGroup() as tasks:
            for slot in range(self._settings.detectors):
                tasks.create_task(self._keep(slot, started))

    async def _keep(self, slot: int, started: "asyncio.Future[None]") -> None:
        """Keep a detector running in `slot`; wait longer after each one that did no work."""
        failures = 0
        while True:
            line = await self._connect(slot, started)
            if line is not None:
                self._lines[slot] = line
                self._failing = False
                if not started.done():
                    started.set_result(None)
                try:
                    await line.lost
                finally:
                    del self._lines[slot]
                    line.close()
            failures = 0 if line is not None and line.answers else failures + 1
            if failures:
                delay = min(_BACKOFF_S * 2 ** min(failures, 10), _BACKOFF_MAX_S)
                await self._clock.sleep(delay)

    async def _connect(self, slot: int, started: "asyncio.Future[None]") -> Line | None:
        try:
            line = await self._host.connect(slot, self._freed)
        except (ConfigError, OSError, ValueError) as error:
            self._failing = True
            if not started.done():
                started.set_exception(
                    error
                    if isinstance(error, ConfigError)
                    else ConfigError(f"the detectors did not start: {type(error).__name__}")
                )
                started.exception()  # seen, should nobody wait
            return None
        if self._digest != self._host.digest:
            self._digest = self._host.digest
            self._cache.clear()
        return line


def _as_a_detector(work: Callable[[], T]) -> T:
    """Do a detector's work here; where it fails, the texts were not scanned."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - as in a detector, and it may hold what a person wrote
        raise unavailable(f"the rules failed: {type(error).__name__}") from None


def _warmed(settings: DetectionSettings) -> "Beside | None":
    """Rules that run here, if any do; what joining pieces looks names up in is read, too."""
    warm(model=settings.model is not None)
    if not settings.rules_apart:
        return None
    from guardrail_gw.detection.beside import Beside  # noqa: PLC0415 - imports every rule

    return Beside()


def _frames(unknown: dict[bytes, tuple[str, SegmentKind]]) -> Iterator[list[bytes]]:
    """Group keys so that each group's texts make a bounded frame."""
    keys: list[bytes] = []
    size = 0
    for key, (text, _) in unknown.items():
        if keys and (size + len(text) > FRAME_TEXT or len(keys) >= FRAME_TEXTS):
            yield keys
            keys, size = [], 0
        keys.append(key)
        size += len(text)
    if keys:
        yield keys


def _joined(text: str, parts: Iterable[tuple[Piece, bytes]], known: Known) -> tuple[Finding, ...]:
    """The findings of a text that was scanned in overlapping pieces."""
    return tuple(joined(text, [(piece, known[key]) for piece, key in parts]))


def _abandon(job: Job) -> None:
    """Nobody waits for it any more; an error that nobody saw is not worth a warning."""
    if not job.answer.done():
        job.answer.cancel()
    elif not job.answer.cancelled():
        job.answer.exception()
