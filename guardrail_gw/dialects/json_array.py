"""A stream that is one JSON array of objects, in bytes cut anywhere: read, and written.

Source: RFC 8259, sections 2, 5 and 7; how Google's servers frame streams without `alt=sse`.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.dialects.sse import Frame
from guardrail_gw.errors import UpstreamBroken

MAX_ELEMENT_BYTES: Final = 8 << 20
"""An image comes in one piece."""

_DATA: Final = b"data: "
_SPACE: Final = b" \t\r\n"
_BRACKET: Final = re.compile(rb'["{}\[\]]')
_IN_STRING: Final = re.compile(rb'["\\]')
_NEXT: Final = {
    ("begin", b"["): "first",
    ("first", b"]"): "closed",
    ("first", b"{"): "within",
    ("after", b"]"): "closed",
    ("after", b","): "element",
    ("element", b"{"): "within",
}
"""What is expected, and what comes -> what is expected then."""


@dataclass(slots=True)
class JsonArrayDecoder:
    """Cuts the bytes of an array into the texts of its elements; what they hold is not checked."""

    max_element_bytes: int = MAX_ELEMENT_BYTES
    _expected: str = "begin"
    _depth: int = 0
    _in_string: bool = False
    _is_escaped: bool = False
    _parts: list[bytes] = field(default_factory=list, repr=False)
    _size: int = 0

    @property
    def closed(self) -> bool:
        """Whether the array is over."""
        return self._expected == "closed"

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the elements that are complete now.

        Raises:
            UpstreamBroken: no array of objects, not UTF-8, or an element above the bound.
        """
        elements: list[Frame] = []
        at = 0
        while at < len(chunk):
            if self._expected != "within":
                at = self._between(chunk, at)
                continue
            end = self._within(chunk, at)
            self._keep(chunk[at:end])
            if self._expected != "within":
                elements.append(self._element())
            at = end
        return elements

    def end(self) -> list[Frame]:
        """Nothing is completed by the end of the bytes; `closed` says whether it is one."""
        return []

    def _between(self, chunk: bytes, at: int) -> int:
        """One byte that is in no element; the bracket that begins one is left to be kept."""
        sign = chunk[at : at + 1]
        if sign in _SPACE:
            return at + 1
        expected = _NEXT.get((self._expected, sign))
        if expected is None:
            raise UpstreamBroken("the answer is not an array of objects")
        self._expected = expected
        return at if expected == "within" else at + 1

    def _within(self, chunk: bytes, at: int) -> int:
        """Where the element ends, or the chunk does."""
        while at < len(chunk):
            if self._in_string:
                at = self._string(chunk, at)
                continue
            match = _BRACKET.search(chunk, at)
            if match is None:
                return len(chunk)
            at = match.end()
            if match.group() == b'"':
                self._in_string = True
                continue
            self._depth += 1 if match.group() in b"{[" else -1
            if not self._depth:
                self._expected = "after"
                return at
        return at

    def _string(self, chunk: bytes, at: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        match = _IN_STRING.search(chunk, at)
        if match is None:
            return len(chunk)
        self._is_escaped = match.group() == b"\\"
        self._in_string = self._is_escaped
        return match.end()

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self.max_element_bytes:
            raise UpstreamBroken("a part of the answer is larger than the gateway takes")
        self._parts.append(part)

    def _element(self) -> Frame:
        raw = b"".join(self._parts)
        self._parts, self._size = [], 0
        try:
            return Frame("", raw.decode())
        except UnicodeDecodeError:
            raise UpstreamBroken("the answer is not UTF-8") from None


@dataclass(slots=True)
class JsonArrayWriter:
    """Turns events of our own making, each one line of data, into the elements of an array."""

    _has_begun: bool = False

    def feed(self, events: bytes) -> bytes:
        """Whole events become elements; what else there may be of an event has no place."""
        out: list[bytes] = []
        for line in events.splitlines():
            if line.startswith(_DATA):
                out += (b",\r\n" if self._has_begun else b"[", line.removeprefix(_DATA))
                self._has_begun = True
        return b"".join(out)

    def end(self) -> bytes:
        """Close the array."""
        return b"]" if self._has_begun else b"[]"
