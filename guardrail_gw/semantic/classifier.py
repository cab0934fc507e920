"""The classifier port: a text in, its route class out, in time and without an error.

text -> excerpt -> seen before? -> queue -> worker, one text at a time -> decided
Whatever goes wrong on the way, the request has the fallback class, and says so.
"""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.errors import ConfigError
from guardrail_gw.semantic.classes import Classes
from guardrail_gw.semantic.decide import decided
from guardrail_gw.semantic.excerpt import excerpt
from guardrail_gw.semantic.process import COMMAND, HANGS_S, WorkerProcess

MOST_WAITING: Final = 64
_MOST_KEPT: Final = 4096
"""Texts whose similarities are remembered: an agent's requests repeat what it was asked."""
_BACKOFF_S: Final = 0.1
_BACKOFF_MAX_S: Final = 30.0


@dataclass(slots=True, kw_only=True)
class _Job:
    """One text that waits."""

    text: str = field(repr=False)
    answer: "asyncio.Future[list[float]]" = field(repr=False)
    """The similarities; nothing where it failed."""


class SemanticClassifier:
    """Implements `core.ports.Classifier`. One per gateway process; start, use, close."""

    def __init__(
        self,
        classes: Classes,
        clock: Clock,
        *,
        deadline_s: float,
        command: Sequence[str] = COMMAND,
        hangs_s: float = HANGS_S,
    ) -> None:
        """Nothing is started yet.

        Args:
            classes: what there is to be found.
            clock: by which a worker that has ended is waited for.
            deadline_s: how long a request waits for its class.
            command: starts the worker.
            hangs_s: how long that may be silent.
        """
        self._classes = classes
        self._clock = clock
        self._deadline_s = deadline_s
        self._worker = WorkerProcess(classes, command, hangs_s=hangs_s)
        self._keeper: asyncio.Task[None] | None = None
        self._is_up = False
        self._jobs: deque[_Job] = deque()
        self._some = asyncio.Event()
        self._kept: OrderedDict[bytes, RouteClass] = OrderedDict()
        self._secret = secrets.token_bytes(32)

    @property
    def pid(self) -> int | None:
        """Process id of the worker."""
        return self._worker.pid

    async def start(self) -> None:
        """Start the worker and wait until it answers.

        Raises:
            ConfigError: the model cannot be loaded.
        """
        try:
            await self._worker.start()
        except (OSError, TimeoutError, ValueError) as error:
            await self._worker.close()
            raise ConfigError(
                f"the process for semantic routing did not start: {type(error).__name__}"
            ) from None
        except BaseException:
            await self._worker.close()
            raise
        self._is_up = True
        loop = asyncio.get_running_loop()
        self._keeper = loop.create_task(self._keep(), name="semantic")

    async def close(self) -> None:
        """End the worker; what waits for it has the fallback class."""
        keeper, self._keeper = self._keeper, None
        self._is_up = False
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait({keeper})
        self._leave_all()
        await self._worker.close()

    async def classify(self, text: str) -> RouteClass:
        """See `core.ports.Classifier`."""
        read = excerpt(text)
        if not read:
            return self._fallback(Sorted.WORDLESS)
        key = blake2b(read.encode("utf-8", "replace"), key=self._secret, digest_size=16).digest()
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        found = await self._asked(read)
        if found.similarity is not None:
            self._kept[key] = found
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    async def _asked(self, text: str) -> RouteClass:
        if not self._is_up:
            return self._fallback(Sorted.FAILED)
        if len(self._jobs) >= MOST_WAITING:
            return self._fallback(Sorted.BUSY)
        job = _Job(text=text, answer=asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._some.set()
        try:
            async with asyncio.timeout(self._deadline_s):
                found = await job.answer
        except TimeoutError:
            return self._fallback(Sorted.LATE)
        return decided(found, self._classes) if found else self._fallback(Sorted.FAILED)

    async def _keep(self) -> None:
        """Hand texts over; start a worker anew when one has ended, after a longer wait each."""
        failures = 0
        while True:
            try:
                if not self._is_up:
                    await self._worker.start()
                    self._is_up = True
                while True:
                    await self._hand_over()
                    failures = 0
            except (OSError, TimeoutError, ValueError, ConfigError):
                self._is_up = False
                self._leave_all()
            await self._worker.close()
            await self._clock.sleep(min(_BACKOFF_S * 2 ** min(failures, 10), _BACKOFF_MAX_S))
            failures += 1

    async def _hand_over(self) -> None:
        """Have the next text read for which somebody still waits."""
        while not self._jobs:
            self._some.clear()
            await self._some.wait()
        job = self._jobs.popleft()
        if job.answer.done():
            return
        try:
            found = await self._worker.similarities(job.text)
        except BaseException:
            _answer(job, [])
            raise
        _answer(job, found)

    def _leave_all(self) -> None:
        while self._jobs:
            _answer(self._jobs.popleft(), [])

    def _fallback(self, by: Sorted) -> RouteClass:
        return RouteClass(name=self._classes.fallback, by=by)


def _answer(job: _Job, found: list[float]) -> None:
    if not job.answer.done():
        job.answer.set_result(found)
