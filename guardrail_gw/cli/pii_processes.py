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
from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
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


def scan_in_order(
    documents: Iterable[Document], settings: DetectionSettings, processes: int
) -> Iterator[tuple[Document, list[Finding]]]:
    """Yield each document with its findings.

    Raises:
        ConfigError: something configured cannot be loaded.
        DetectionDown: a document was not scanned; nothing is passed over.
    """
    for name in _ONE_THREAD:  # processes are what runs side by side, not threads within them
        os.environ.setdefault(name, "1")
    engine = load_engine(settings).engine
    for batch, found in _batch_results(batches(documents), engine, processes):
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
    todo: Iterable[Batch], engine: Engine, processes: int
) -> Iterator[tuple[Batch, Scanned | _Failed]]:
    if processes == 1:
        return ((batch, _scanned(engine, batch)) for batch in todo)
    return _in_workers(todo, engine, processes)


def _in_workers(
    todo: Iterable[Batch], engine: Engine, processes: int
) -> Iterator[tuple[Batch, Scanned | _Failed]]:
    forked = multiprocessing.get_context("fork")
    under_way: deque[tuple[Batch, Future[Scanned | _Failed]]] = deque()
    with ProcessPoolExecutor(
        processes, mp_context=forked, initializer=_adopt, initargs=(engine,)
    ) as pool:
        try:
            for batch in todo:
                under_way.append((batch, pool.submit(_scan_adopted, batch)))
                if len(under_way) >= _AHEAD * processes:
                    yield _next(under_way)
            while under_way:
                yield _next(under_way)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


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


def _scanned(engine: Engine, batch: Batch) -> Scanned | _Failed:
    try:
        return engine.scan([(document.text, SegmentKind.PROSE) for document in batch])
    except Exception as error:  # noqa: BLE001 - whatever happened, these texts were not scanned
        return _Failed(error=type(error).__name__)


_adopted: list[Engine] = []
"""In a worker: the engine that it was forked with."""


def _adopt(engine: Engine) -> None:
    _adopted[:] = [engine]


def _scan_adopted(batch: Batch) -> Scanned | _Failed:
    return _scanned(_adopted[0], batch)
