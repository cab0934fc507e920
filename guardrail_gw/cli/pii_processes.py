"""Scanning many texts in several processes: input order kept, memory bounded.

The engine is loaded once and the workers are forked from it, so that they share its pages. At most
two batches per worker are under way: a file of any size is read no faster than it is scanned.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from guardrail_gw.cli.pii_lines import Document
from guardrail_gw.cli.pii_options import Demand
from guardrail_gw.core.text import Finding
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.whole import scan
from guardrail_gw.errors import DetectionDown

BATCH_DOCUMENTS, BATCH_CHARS = 64, 64 * 1024
"""A batch is full when it holds as much; one text may be longer."""
_AHEAD = 2
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Batch = Sequence[Document]
Scanned = list[list[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    """Why a batch was not scanned: the name of the exception, whose words could quote a text."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scanner:
    """What each process scans with, and for what."""

    engine: Engine
    demand: Demand

    def scanned(self, batch: Batch) -> Scanned | _Failed:
        texts = [document.text for document in batch]
        try:
            found = scan(self.engine, texts, self.demand.kind, self.demand.countries)
        except Exception as error:  # noqa: BLE001 - whatever happened, these texts were not scanned
            return _Failed(error=type(error).__name__)
        return [self.demand.counted(text, each) for text, each in zip(texts, found, strict=True)]


def scan_in_order(
    documents: Iterable[Document], settings: DetectionSettings, demand: Demand, processes: int
) -> Iterator[tuple[Document, list[Finding]]]:
    """Yield each document with the findings that count, as a gateway's detectors see them.

    Raises:
        ConfigError: something configured cannot be loaded.
        DetectionDown: a document was not scanned; nothing is passed over.
    """
    for name in _ONE_THREAD:  # processes are what runs side by side, not threads within them
        os.environ.setdefault(name, "1")
    scanner = _Scanner(engine=load_engine(settings).engine, demand=demand)
    for batch, found in _batch_results(batches(documents), scanner, processes):
        if isinstance(found, _Failed):
            raise _down(batch, found.error)
        yield from zip(batch, found, strict=True)


def batches(documents: Iterable[Document]) -> Iterator[Batch]:
    """Cut the stream of documents into batches."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.text)
        if len(batch) >= BATCH_DOCUMENTS or size >= BATCH_CHARS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _batch_results(
    todo: Iterable[Batch], scanner: _Scanner, processes: int
) -> Iterator[tuple[Batch, Scanned | _Failed]]:
    if processes == 1:
        return ((batch, scanner.scanned(batch)) for batch in todo)
    return _in_workers(todo, scanner, processes)


def _in_workers(
    todo: Iterable[Batch], scanner: _Scanner, processes: int
) -> Iterator[tuple[Batch, Scanned | _Failed]]:
    forked = multiprocessing.get_context("fork")
    under_way: deque[tuple[Batch, Future[Scanned | _Failed]]] = deque()
    with ProcessPoolExecutor(
        processes, mp_context=forked, initializer=_adopt, initargs=(scanner,)
    ) as pool:
        try:
            for batch in todo:
                under_way.append((batch, pool.submit(_scan_adopted, batch)))
                if len(under_way) >= _AHEAD * processes:
                    yield _next(under_way)
            while under_way:
                yield _next(under_way)
        finally:
            # not without waiting: its thread would still be at work when the interpreter ends
            pool.shutdown(cancel_futures=True)


def _next(
    under_way: deque[tuple[Batch, Future[Scanned | _Failed]]],
) -> tuple[Batch, Scanned | _Failed]:
    batch, result = under_way.popleft()
    try:
        return batch, result.result()
    except BrokenProcessPool:
        raise _down(batch, "the process ended") from None


def _down(batch: Batch, error: str) -> DetectionDown:
    first, last = batch[0].number, batch[-1].number
    where = f"line {first}" if first == last else f"lines {first} to {last}"
    return DetectionDown(f"{where}: not scanned ({error})")


_adopted: list[_Scanner] = []
"""In a worker: what it was forked with."""


def _adopt(scanner: _Scanner) -> None:
    _adopted[:] = [scanner]


def _scan_adopted(batch: Batch) -> Scanned | _Failed:
    return _adopted[0].scanned(batch)
