"""Anthropic's batches: the requests come in one body, and their answers line by line.

Source: Anthropic API reference, "Message Batches", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar, Final

from guardrail_gw.core.body import parse, spans
from guardrail_gw.core.exchange import (
    BARE,
    AnswerEvent,
    Envelope,
    Head,
    Question,
)
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.anthropic_messages.dialect import AnthropicMessages
from guardrail_gw.dialects.files.answers import ObjectReader
from guardrail_gw.dialects.files.asked import ID, Operations
from guardrail_gw.dialects.files.many import CUSTOM_ID, Entries, Entry, entries, entry
from guardrail_gw.dialects.files.of_messages import OfMessages
from guardrail_gw.dialects.files.results import LinesReader
from guardrail_gw.dialects.parsed import wrong
from guardrail_gw.dialects.steering import noted

_PATH: Final = "/messages/batches"
BATCHES: Final = Operations(
    all=(
        ("POST", _PATH),
        ("GET", _PATH),
        ("GET", rf"{_PATH}/(?P<batch>{ID})"),
        ("DELETE", rf"{_PATH}/(?P<batch>{ID})"),
        ("POST", rf"{_PATH}/(?P<batch>{ID})/cancel"),
        ("GET", rf"{_PATH}/(?P<batch>{ID})/results"),
    ),
    lists=Kept.BATCH,
    prefix="(?:(?:anthropic/)?v1/)?",
    forms={},
    places=("after_id", "before_id"),
    most=1000,
)
_REQUESTS: Final = "requests"
_PARAMS: Final = "params"
_MESSAGES: Final = AnthropicMessages()
_RESULTS: Final = "results_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed batch."""

    entries: Entries = field(repr=False)
    size: int


@dataclass(slots=True)
class _Reader(ObjectReader):
    """The address of the results is the provider's: clients would go there, past the gateway."""

    def end(self) -> list[AnswerEvent]:
        """Return the one event, with addresses that lead here."""
        [event] = ObjectReader.end(self)
        led = [_led_here(each) for each in _told(event.data or {})]
        return [replace(event, text=None)] if any(led) else [event]


class AnthropicBatches(OfMessages):
    """A batch is pinned to who answers it; for its own principal the results are restored."""

    __slots__ = ()

    name: ClassVar[str] = "anthropic_batches"
    operations: ClassVar[Operations] = BATCHES
    content: ClassVar[str] = "/results"
    content_media: ClassVar[str] = "application/x-jsonl"

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - the seam's
        """A fresh reader for one answer."""
        return LinesReader() if stream else _Reader()

    def weight(self, question: Question) -> int:
        """The size of the body in bytes."""
        source = question.source
        return source.size if isinstance(source, Source) else OfMessages.weight(self, question)

    def members(self, question: Question) -> Mapping[str, Any]:
        """Nothing stands beside the requests."""
        if isinstance(question.source, Source):
            return {}
        return OfMessages.members(self, question)

    def leaves(self, question: Question) -> Iterator[tuple[str, str]]:
        """Every text of the requests, with its place."""
        source = question.source
        if isinstance(source, Source):
            return source.entries.leaves
        return OfMessages.leaves(self, question)

    def _has_body(self, head: Head) -> bool:
        return head.method == "POST" and head.path.partition("?")[0] == _PATH

    def _question(self, body: bytes, head: Head) -> Question:
        found = _entries(body)
        return Question(
            dialect=self.name,
            model=found.model,
            stream=False,
            segments=found.segments,
            attachments=found.attachments,
            features=noted([*found.features.items(), (Feature.STORAGE, f"/{_REQUESTS}")]),
            head=head,
            source=Source(entries=found, size=len(body)),
            files=found.files,
            kept=found.kept,
            lines=found.ends,
            surfaces=found.surfaces,
            makes=Kept.BATCH,
            store=True,
            once=True,
        )

    def _rewritten(self, question: Question, replacements: Mapping[int, str]) -> Envelope:
        found: Entries = question.source.entries
        told = found.written(replacements)
        first, last = told[0][0], told[-1][1]
        return Envelope(
            before=b'{"requests":[' + first,
            between=tuple(b"%b,%b" % (one[1], two[0]) for one, two in pairwise(told)),
            after=last + b"]}",
            lines=found.digests(told),
            requests=found.enclosed(told),
        )


def _entries(body: bytes) -> Entries:
    document = parse(body, names=(_REQUESTS, CUSTOM_ID, _PARAMS))
    said = document.value
    asked = said.get(_REQUESTS) if type(said) is dict and len(said) == 1 else None
    if type(asked) is not list:
        raise wrong(f"/{_REQUESTS}", "a list, with nothing beside it")
    found = spans(body, {(_REQUESTS, index, _PARAMS) for index in range(len(asked))})
    return entries([_entry(body, found, index, each) for index, each in enumerate(asked)])


def _entry(
    body: bytes,
    found: Mapping[Any, tuple[int, int]],
    index: int,
    said: Any,  # noqa: ANN401 - JSON
) -> Entry:
    place = f"/{_REQUESTS}/{index}"
    if type(said) is not dict or said.keys() != {CUSTOM_ID, _PARAMS}:
        raise wrong(place, "custom_id and params, and nothing else")
    start, end = found[_REQUESTS, index, _PARAMS]
    return entry(
        place=place,
        custom_id=said[CUSTOM_ID],
        middle=b',"params":',
        raw=body[start:end],
        dialect=_MESSAGES,
        head=BARE,
    )


def _told(data: dict[str, Any]) -> list[Any]:
    """The batches of an answer."""
    entries_ = data.get("data")
    return entries_ if isinstance(entries_, list) else [data]


def _led_here(batch: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether an address was made one below whatever the client calls the gateway."""
    if not isinstance(batch, dict) or not isinstance(batch.get(_RESULTS), str):
        return False
    batch[_RESULTS] = f"/v1{_PATH}/{batch.get('id')}/results"
    return True
