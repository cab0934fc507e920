"""What readers of answers share: JSON within bounds, and counts and names that can be believed."""

import codecs
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, NoReturn

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.sse import Frame, SseDecoder
from guardrail_gw.errors import UpstreamBroken

MAX_ANSWER_BYTES: Final = 32 << 20
_MANY_TOKENS: Final = 10**12
"""No answer has as many; a count beyond is not believed."""

_FINISH = re.compile(r"[A-Za-z_]{1,32}")
_ID = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")


@dataclass(slots=True)
class WholeBody:
    """Reads an answer that is one JSON text; what it means is its dialect's."""

    _parts: list[bytes] = field(default_factory=list, repr=False)
    _size: int = 0

    @property
    def complete(self) -> bool:
        """Only the end of the bytes is its end."""
        return False

    def feed(self, chunk: bytes) -> list[AnswerEvent]:
        """Keep the bytes; nothing is complete before the end."""
        self._size += len(chunk)
        if self._size > MAX_ANSWER_BYTES:
            raise UpstreamBroken("the answer is larger than 32 MiB")
        self._parts.append(chunk)
        return []

    def text(self) -> str:
        """All of it."""
        try:
            return b"".join(self._parts).removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError:
            raise UpstreamBroken("the answer is not UTF-8") from None


@dataclass(slots=True)
class MarkedStream(ABC):
    """Reads a stream whose end mark is one of its events.

    Several answers may stand in one stream: what follows an end mark is passed on, and so is the
    mark; the last one is the end.
    """

    passed_on: ClassVar[EventKind]
    """What an end mark is that was none after all."""
    _frames: SseDecoder = field(default_factory=SseDecoder)
    _mark: AnswerEvent | None = None
    """The end mark after which nothing has come yet."""
    _over: bool = False

    @abstractmethod
    def _one(self, frame: Frame) -> AnswerEvent:
        """What a frame says; DONE for an end mark."""

    @property
    def complete(self) -> bool:
        """Whether the last event so far is an end mark."""
        return self._mark is not None

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now, each decoded when it is asked for."""
        yield from self._read(self._frames.feed(chunk))

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what is left; the last event must be an end mark."""
        yield from self._read(self._frames.end())
        mark, self._mark = self._mark, None
        if mark is not None:
            self._over = True
            yield mark
        elif not self._over:
            raise UpstreamBroken("the answer ended before its end mark")

    def _read(self, frames: list[Frame]) -> Iterator[AnswerEvent]:
        for frame in frames:
            if self._over or frame.data.strip() == "[DONE]":  # other dialects' mark, from habit
                continue
            event = self._one(frame)
            mark, self._mark = self._mark, None
            if mark is not None:
                yield replace(mark, kind=self.passed_on)
            if event.kind is EventKind.DONE:
                self._mark = event
                continue
            self._over = event.kind is EventKind.ERROR
            yield event


def json_object(text: str) -> dict[str, Any]:
    """An object from a body or a frame.

    Raises:
        UpstreamBroken: it is none.
    """
    try:
        data, end = _DECODER.raw_decode(text) if text.startswith("{") else (None, -1)
        if end != len(text):  # white space around it, or it is something else
            data = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise UpstreamBroken("the answer is not JSON") from None
    if not isinstance(data, dict):
        raise UpstreamBroken("the answer is not a JSON object")
    return data


def error_data(text: str) -> dict[str, Any]:
    """An error is one whatever its data is."""
    try:
        return json_object(text)
    except UpstreamBroken:
        return {}


def line(text: str) -> str | None:
    """A frame's data, unless it was sent as several lines."""
    return None if "\n" in text else text


def count(counts: dict[str, Any], name: str) -> int | None:
    """A number of tokens, if it is one."""
    value = counts.get(name)
    return value if type(value) is int and 0 <= value < _MANY_TOKENS else None


def part(details: Any, name: str, most: int) -> int:  # noqa: ANN401 - JSON
    """A number of tokens among others, no more than these; 0 where nobody says it."""
    said = count(details, name) if isinstance(details, dict) else None
    return min(said or 0, most)


def finish(reason: Any) -> str | None:  # noqa: ANN401 - JSON
    """Why an answer ended; what is not a plain word must not reach records or metrics."""
    if reason is None:
        return None
    return reason if isinstance(reason, str) and _FINISH.fullmatch(reason) else "other"


def provider_id(name: Any) -> str | None:  # noqa: ANN401 - JSON
    """The provider's name for an answer, if it looks like one."""
    return name if isinstance(name, str) and _ID.fullmatch(name) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
"""Made once: making one costs as much as decoding a chunk."""
