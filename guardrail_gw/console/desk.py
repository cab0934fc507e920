"""Everything behind the pages that touches a disk or a key, in a thread of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.audit.index.entry import Jurisdiction
from guardrail_gw.audit.index.file import IndexFile, open_index
from guardrail_gw.audit.index.refresh import Log, refresh
from guardrail_gw.audit.index.search import Hit, Searcher
from guardrail_gw.audit.index.sums import Sums
from guardrail_gw.audit.review import Opened, open_at
from guardrail_gw.audit.verify import Report
from guardrail_gw.console.rendering import environment
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import GuardrailError

T = TypeVar("T")
BROKEN_INDEX = "The index cannot be used. End the command, remove the index and start again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the last verification said, and when."""

    report: Report
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """How far a verification is."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the console is about."""

    log: Log
    index: Path
    access: AccessLog
    law: Jurisdiction
    clock: Clock
    reason: str = ""
    """Why the reader looks, where a page asks for no reason of its own."""
    groups: tuple[str, ...]
    """Names of the recipients whose keys are here."""


class Shelf:
    """The log and its index, as pages ask them; lives in the desk's thread."""

    def __init__(self, review: Review, index: IndexFile) -> None:
        """Nothing is read yet."""
        self.review = review
        self.index = index
        self.searcher = Searcher(index)
        self.sums = Sums(index)
        self.templates = environment()

    def look(
        self,
        act: str,
        records: Sequence[int] = (),
        *,
        reason: str = "",
        asked: Mapping[str, str] | None = None,
    ) -> None:
        """Write down that somebody looks, before they see anything; raises ConfigError."""
        reason = reason or self.review.reason
        self.review.access.record(act, records, reason=reason, asked=asked)

    def opened(self, hit: Hit, *, originals: bool = False) -> tuple[Opened, Opened | None]:
        """An exchange's intent and outcome, from the log.

        Args:
            hit: where they are.
            originals: use all keys that are here, also for what takes two; else the first alone.

        Raises:
            SealError, RecordError, OSError: they are not what the index saw.
        """
        log = self.review.log
        keys = log.keys if originals else log.keys[:1]
        (intent,) = open_at(log.directory, keys, hit.place[0], [hit.place[1]])
        if hit.outcome_place is None:
            return intent, None
        (outcome,) = open_at(log.directory, keys, hit.outcome_place[0], [hit.outcome_place[1]])
        return intent, outcome


class Desk:
    """Gives work to its thread, so that the event loop never waits for a disk."""

    def __init__(self, review: Review, checked: Checked) -> None:
        """The log was verified and indexed once."""
        self.review = review
        self.checked = checked
        self.checking: Checking | None = None
        self.trouble = ""
        """Why the last verification could not be finished."""
        self._shelf: Shelf | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="review")
        self._checker = ThreadPoolExecutor(1, thread_name_prefix="verify")

    async def ask(self, work: Callable[[Shelf], T]) -> T:
        """Do some work with the index and the log."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(self._at_hand()))

    def check(self) -> None:
        """Verify the log again and enter what is new, in the background."""
        if self.checking is None:
            self.checking = Checking(stage="verify", done=0, total=1)
            self._checker.submit(self._check)

    def close(self) -> None:
        """End the threads."""
        self._checker.shutdown(cancel_futures=True)
        self._thread.submit(self._put_away).result()
        self._thread.shutdown()

    def _at_hand(self) -> Shelf:
        if self._shelf is None:
            index = open_index(self.review.index, self.review.log.keys)
            self._shelf = Shelf(self.review, index)
        return self._shelf

    def _put_away(self) -> None:
        if self._shelf is not None:
            self._shelf.index.close()

    def _check(self) -> None:
        review = self.review
        try:
            now_us, index = review.clock.now_us(), open_index(review.index, review.log.keys)
            report = refresh(review.log, index, review.law, now_us, review.access, self._told)
            index.close()
            self.checked, self.trouble = Checked(report=report, at_us=now_us), ""
        except (GuardrailError, OSError) as error:
            self.trouble = str(error)
        except sqlite3.Error:
            self.trouble = BROKEN_INDEX
        finally:
            self.checking = None

    def _told(self, stage: str, done: int, total: int) -> None:
        self.checking = Checking(stage=stage, done=done, total=total)
