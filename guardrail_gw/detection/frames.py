"""The bytes between the gateway and a detector: a length of four bytes, then that much JSON.

    request  {"number": n, "texts": [[text, kind], ...], "countries": [code, ...], "names": false}
    answer   {"number": n, "findings": [[[start, end, entity, score, recognizer], ...], ...],
              "retire": false}
    failure  {"number": n, "error": "TypeName"}

Where `names` is true, names alone are asked for, as they are before they are merged with what rules
find: they may overlap.

An answer is believed only when it is whole, answers this request, and every finding lies within
its text: whatever else arrives, the text counts as not scanned.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple, TypeVar

import orjson

from guardrail_gw.core.text import Entity, Finding, SegmentKind

HEAD = 4
"""Bytes of a length, big endian."""
LONGEST = 64 * 1024 * 1024

_ENTITY = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ROW = 5

T = TypeVar("T")


class FrameBroken(Exception):  # noqa: N818 - named for what happened
    """The bytes are not an answer to the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a detector said."""

    findings: tuple[tuple[Finding, ...], ...] = field(default=(), repr=False)
    error: str | None = None
    """The name of the exception that kept it from scanning."""
    retire: bool = False
    """The detector has grown too large and wants to be replaced."""


def frame(document: Mapping[str, Any]) -> bytes:
    """Encode `document` with its length before it."""
    body = orjson.dumps(document)
    return len(body).to_bytes(HEAD, "big") + body


def request(
    number: int,
    texts: Iterable[tuple[str, SegmentKind]],
    countries: Iterable[str] = (),
    *,
    names: bool = False,
) -> bytes:
    """A request; a lone surrogate, which no encoding has, travels as U+FFFD."""
    rows = [[text, kind.value] for text, kind in texts]
    document = {"number": number, "texts": rows, "countries": sorted(countries), "names": names}
    try:
        return frame(document)
    except orjson.JSONEncodeError:
        whole = [[_SURROGATE.sub("\ufffd", text), kind] for text, kind in rows]
        return frame(document | {"texts": whole})


def answered(number: int, findings: Iterable[Iterable[Finding]], *, retire: bool) -> bytes:
    """An answer."""
    rows = [[[f.start, f.end, f.entity, f.score, f.recognizer] for f in each] for each in findings]
    return frame({"number": number, "findings": rows, "retire": retire})


def failed(number: int, error: str) -> bytes:
    """A failure."""
    return frame({"number": number, "error": error})


class Request(NamedTuple):
    """What a detector is asked."""

    number: int
    texts: list[tuple[str, SegmentKind]]
    countries: frozenset[str]
    names: bool
    """Names alone."""


def parse_request(body: bytes) -> Request:
    """The inverse of `request`; what the gateway sends is not distrusted."""
    document = orjson.loads(body)
    texts = [(text, SegmentKind(kind)) for text, kind in document["texts"]]
    return Request(document["number"], texts, frozenset(document["countries"]), document["names"])


def parse_answer(
    body: bytes, *, number: int, lengths: Sequence[int], names: bool = False
) -> Answer:
    """Read the answer to request `number`, whose texts have these lengths in code points.

    Args:
        body: what came.
        number: of the request.
        lengths: of its texts.
        names: whether names alone were asked for.

    Raises:
        FrameBroken: it is not, in full, an answer to that request.
    """
    document = _object(body)
    if document.get("number") != number:
        raise FrameBroken("another request's answer")
    if "error" in document:
        return Answer(error=_of(str, document["error"])[:64])
    rows = _of(list, document.get("findings"))
    if len(rows) != len(lengths):
        raise FrameBroken("another number of texts")
    read = _names if names else _findings
    findings = tuple(read(row, length) for row, length in zip(rows, lengths, strict=True))
    return Answer(findings=findings, retire=_of(bool, document.get("retire")))


def parse_pid(body: bytes) -> int:
    """Read a detector's first words.

    Raises:
        FrameBroken: they are something else.
    """
    return _of(int, _object(body).get("pid"))


def _object(body: bytes) -> dict[str, Any]:
    try:
        return _of(dict, orjson.loads(body))
    except orjson.JSONDecodeError:
        raise FrameBroken("not JSON") from None


def _of(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise FrameBroken("a value of another type")
    return value


def _findings(rows: object, length: int) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    last = 0
    for row in _of(list, rows):
        finding = _finding(_of(list, row))
        if not last <= finding.start < finding.end <= length:
            raise FrameBroken("a finding outside its text, or out of order")
        last = finding.end
        findings.append(finding)
    return tuple(findings)


def _names(rows: object, length: int) -> tuple[Finding, ...]:
    """Names as they were found, in any order."""
    findings = tuple(_finding(_of(list, row)) for row in _of(list, rows))
    if not all(0 <= finding.start < finding.end <= length for finding in findings):
        raise FrameBroken("a name outside its text")
    return findings


def _finding(row: list[Any]) -> Finding:
    if len(row) != _ROW:
        raise FrameBroken("a finding of another shape")
    start, end, entity, score, recognizer = row
    if not _ENTITY.fullmatch(_of(str, entity)) or not 0 <= _of(float, score) <= 1:
        raise FrameBroken("a finding with an impossible entity or score")
    return Finding(
        start=_of(int, start),
        end=_of(int, end),
        entity=Entity(intern(entity)),  # one copy of each name, however much is remembered
        score=score,
        recognizer=intern(_of(str, recognizer)),
    )
