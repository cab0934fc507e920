"""Files of one JSON object per line: texts, gold spans, predictions; gzip by the name's ending.

A fault names file and line and never quotes what stands there.
"""

import gzip
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn, cast

import orjson

from guardrail_gw.detection.evaluation import Marked, Span
from guardrail_gw.errors import ConfigError

STANDARD = "-"
"""The name of standard input or output."""
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of a line; a longer one is refused, so that memory is bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One object and where it stands."""

    number: int
    """Counted from 1."""
    read_bytes: int
    """How much of the file was read so far, as it lies on disk."""
    value: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text to be scanned."""

    number: int
    read_bytes: int
    id: str | int
    text: str = field(repr=False)


def documents(name: str) -> Iterator[Document]:
    """Yield the texts of a file: `{"id", "text", "lang"?}`; every language is scanned alike.

    Raises:
        ConfigError: a line is not such an object.
    """
    for line in lines(name):
        identity, text = _identity(name, line), line.value.get("text")
        if not isinstance(text, str):
            refuse(name, line.number, "text is not a string")
        if not isinstance(line.value.get("lang", ""), str):
            refuse(name, line.number, "lang is not a string")
        yield Document(number=line.number, read_bytes=line.read_bytes, id=identity, text=text)


def gold(names: Sequence[str]) -> Iterator[Marked]:
    """Yield texts with their gold spans; an id may stand in one place only.

    Raises:
        ConfigError: a line is not such an object, or repeats an id.
    """
    seen: set[str | int] = set()
    for name in names:
        for line in lines(name):
            identity, text = _identity(name, line), line.value.get("text")
            source = line.value.get("source", "")
            if not (isinstance(text, str) and isinstance(source, str)):
                refuse(name, line.number, "text or source is not a string")
            if identity in seen:
                refuse(name, line.number, "the id was there before")
            seen.add(identity)
            yield Marked(id=identity, text=text, spans=_spans(name, line), source=source)


def predictions(name: str) -> dict[str | int, frozenset[Span]]:
    """The predicted spans of each id; the last line of an id counts.

    Raises:
        ConfigError: a line is not such an object.
    """
    return {_identity(name, line): _spans(name, line) for line in lines(name)}


def lines(name: str) -> Iterator[Line]:
    """Yield the objects of a file, `-` being standard input; blank lines are passed over.

    Raises:
        ConfigError: the file cannot be read, or a line is no object.
    """
    with ExitStack() as stack:
        try:
            raw, stream = _opened(name, stack)
            number = 0
            while text := stream.readline(LONGEST_LINE + 1):
                number += 1
                if text.strip():
                    value = _object(name, number, text)
                    yield Line(number=number, read_bytes=_position(raw), value=value)
        except (OSError, EOFError) as error:  # EOFError: a gzip file that was cut off
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigError(f"{name}: cannot be read: {reason}") from None


@contextmanager
def writer(name: str) -> Iterator[IO[bytes]]:
    """Open a file for writing, `-` being standard output.

    It appears under its name only once it is whole: half a file would look like few findings.

    Raises:
        ConfigError: the file cannot be written.
    """
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    special = path.exists() and not path.is_file()
    target = path if special else path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with target.open("wb") as raw, _compressed(path, raw) as stream:
            yield stream
        if not special:
            target.replace(path)
    except OSError as error:
        raise ConfigError(f"{name}: cannot be written: {error.strerror}") from error
    finally:
        if not special:
            target.unlink(missing_ok=True)


def refuse(name: str, number: int, problem: str) -> NoReturn:
    """Raise the ConfigError of one line."""
    raise ConfigError(f"{name}:{number}: {problem}")


def _opened(name: str, stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """The file as it lies there, and its lines."""
    if name == STANDARD:
        return sys.stdin.buffer, sys.stdin.buffer
    raw = stack.enter_context(Path(name).open("rb"))  # noqa: SIM115 - the stack closes it
    if not name.endswith(".gz"):
        return raw, raw
    return raw, cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw, mode="rb")))


@contextmanager
def _compressed(path: Path, raw: IO[bytes]) -> Iterator[IO[bytes]]:
    if path.suffix != ".gz":
        yield raw
        return
    # no name and no time within: the same findings give the same bytes
    with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as stream:
        yield cast(IO[bytes], stream)


def _position(raw: IO[bytes]) -> int:
    return raw.tell() if raw.seekable() else 0


def _object(name: str, number: int, text: bytes) -> Mapping[str, Any]:
    if len(text) > LONGEST_LINE:
        refuse(name, number, f"longer than {LONGEST_LINE} bytes")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        refuse(name, number, "not a JSON object in UTF-8")
    return value


def _identity(name: str, line: Line) -> str | int:
    identity = line.value.get("id")
    if not isinstance(identity, str | int):
        refuse(name, line.number, "id is neither a string nor a whole number")
    return identity


def _spans(name: str, line: Line) -> frozenset[Span]:
    try:
        return frozenset(_span(each) for each in line.value.get("spans", []))
    except (KeyError, TypeError, ValueError):
        refuse(name, line.number, 'spans are not objects with "start" <= "end" and "label"')


def _span(value: Mapping[str, Any]) -> Span:
    start, end, label = value["start"], value["end"], value["label"]
    if not (type(start) is type(end) is int and 0 <= start <= end and isinstance(label, str)):
        raise ValueError
    return start, end, label
