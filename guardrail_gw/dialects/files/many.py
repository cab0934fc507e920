"""Many requests in one body: each is read by its own dialect, and all are redacted together."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from guardrail_gw.core.body import quoted
from guardrail_gw.core.enclosed import Enclosed
from guardrail_gw.core.exchange import (
    BARE,
    Attachment,
    Envelope,
    Head,
    Question,
)
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Named, Recall
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.dialects.parsed import wrong
from guardrail_gw.dialects.steering import noted
from guardrail_gw.errors import BodyRefused, OperationRefused, Refusal

MAX_REQUESTS: Final = 50_000
MAX_TEXTS: Final = 400_000
"""Strings of all requests together."""
CUSTOM_ID: Final = "custom_id"
"""The client's own name for a request: the answers come by it, in whatever order."""
_MAX_ID: Final = 512


class RequestDialect(Protocol):
    """What is asked of the dialect of one request."""

    @property
    def name(self) -> str:
        """The surface that it would be addressed to by itself."""
        ...

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read a request; raises Refusal."""
        ...

    def own(self, body: bytes) -> bytes:
        """A body without thoughts that were told from another dialect."""
        ...

    def members(self, question: Question) -> Mapping[str, Any]:
        """Its top-level members."""
        ...

    def rewrite(
        self, question: Question, replacements: Mapping[int, str], *, stored: bool | None = None
    ) -> Envelope:
        """Put the replacements in place."""
        ...

    def leaves(self, question: Question) -> Iterator[tuple[str, str]]:
        """Every text that a reader sees, with its place."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request among many."""

    place: str
    """`line 3`, `/requests/3`."""
    custom_id: str = field(repr=False)
    middle: bytes
    """What stands between the client's name for it and its body."""
    dialect: RequestDialect
    question: Question

    @property
    def count(self) -> int:
        """How many segments it has."""
        return 1 + len(self.question.segments)

    def segments(self) -> Iterator[Segment]:
        """The client's name for it, and what its body holds."""
        yield Segment(text=self.custom_id, kind=SegmentKind.PROSE, place=f"{self.place} /custom_id")
        for each in self.question.segments:
            yield replace(each, place=f"{self.place} {each.place}")

    def written(self, replacements: Mapping[int, str]) -> tuple[bytes, bytes]:
        """The request as it leaves, before and behind its model's name.

        Args:
            replacements: index of one of its segments -> its new text.
        """
        inner = {index - 1: text for index, text in replacements.items() if index}
        body = self.dialect.rewrite(self.question, inner, stored=False)
        name = quoted(replacements.get(0, self.custom_id))
        return b'{"custom_id":%b%b%b' % (name, self.middle, body.before), body.after + b"}"


def entry(  # noqa: PLR0913 - what one is made of, each by name
    *,
    place: str,
    custom_id: object,
    middle: bytes,
    raw: bytes,
    dialect: RequestDialect,
    head: Head,
) -> Entry:
    """Read one request.

    Raises:
        Refusal: of its dialect, with its place; or it asks for what a batch cannot give.
    """
    if type(custom_id) is not str or not 0 < len(custom_id) <= _MAX_ID:
        raise wrong(f"{place} /{CUSTOM_ID}", f"a name of up to {_MAX_ID} characters")
    try:
        question = dialect.parse(dialect.own(raw), head)
    except Refusal as refusal:
        raise type(refusal)(f"{place}: {refusal.detail}", code=refusal.code) from None
    if question.stream:
        raise wrong(f"{place} /stream", "left out, for the answers of a batch come as a whole")
    if question.recall is not None or question.store is True:
        raise OperationRefused(
            f"{place} goes on from what is kept, or has its answer kept ('store'), which the "
            "requests of a batch do not; leave it out"
        )
    return Entry(
        place=place, custom_id=custom_id, middle=middle, dialect=dialect, question=question
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """All requests of one body, for one model."""

    all: tuple[Entry, ...]
    ends: tuple[int, ...]
    """How many segments there are up to the end of each."""

    @property
    def model(self) -> str:
        """The virtual model of them all."""
        return self.all[0].question.model

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Those of all."""
        return tuple(segment for each in self.all for segment in each.segments())

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What in any of them cannot be scanned."""
        return tuple(
            replace(found, place=f"{each.place} {found.place}")
            for each in self.all
            for found in each.question.attachments
        )

    @property
    def features(self) -> Mapping[Feature, str]:
        """What any of them asks of a provider."""
        return noted(
            (feature, f"{each.place} {where}")
            for each in self.all
            for feature, where in each.question.features.items()
        )

    @property
    def files(self) -> tuple[Recall, ...]:
        """The files that they name, each once."""
        named = {found.id: found for each in self.all for found in each.question.files}
        return tuple(named.values())

    @property
    def kept(self) -> tuple[Named, ...]:
        """What they name of what providers keep, and nobody got from here."""
        return tuple(
            replace(named, place=f"{each.place} {named.place}")
            for each in self.all
            for named in each.question.kept
        )

    @property
    def surfaces(self) -> tuple[str, ...]:
        """Where they would be addressed to one by one."""
        return tuple(sorted({each.dialect.name for each in self.all}))

    @property
    def leaves(self) -> Iterator[tuple[str, str]]:
        """Every text that a reader sees, with its place."""
        for each in self.all:
            yield each.custom_id, f"{each.place} /{CUSTOM_ID}"
            for text, place in each.dialect.leaves(each.question):
                yield text, f"{each.place} {place}"

    def written(self, replacements: Mapping[int, str]) -> list[tuple[bytes, bytes]]:
        """Each as it leaves, before and behind its model's name."""
        parts: list[dict[int, str]] = [{} for _ in self.all]
        at = 0
        for index in sorted(replacements):
            while index >= self.ends[at]:
                at += 1
            start = self.ends[at - 1] if at else 0
            parts[at][index - start] = replacements[index]
        return [each.written(part) for each, part in zip(self.all, parts, strict=True)]

    def enclosed(self, written: Sequence[tuple[bytes, bytes]]) -> tuple[Enclosed, ...]:
        """Where each lies in what is written: behind its name, which is quoted, and its middle."""
        return tuple(
            Enclosed(
                place=each.place,
                dialect=each.dialect.name,
                members=each.dialect.members(each.question),
                before=len(before) - before.index(each.middle) - len(each.middle),
                after=len(after) - 1,
            )
            for each, (before, after) in zip(self.all, written, strict=True)
        )

    def digests(self, written: Sequence[tuple[bytes, bytes]]) -> tuple[str, ...]:
        """Of each as it leaves, the model named as the client does."""
        model = quoted(self.model)
        return tuple(hashlib.sha256(model.join(each)).hexdigest() for each in written)


def entries(found: Sequence[Entry]) -> Entries:
    """All requests of one body.

    Raises:
        BodyRefused: there are none, or too many; or they are for several models.
    """
    if not 0 < len(found) <= MAX_REQUESTS:
        raise BodyRefused(f"a batch has from 1 to {MAX_REQUESTS} requests", code="body.wrong_type")
    ends: list[int] = []
    models = {each.question.model for each in found}
    for each in found:
        ends.append((ends[-1] if ends else 0) + each.count)
    if len(models) > 1:
        raise BodyRefused(
            "the requests of a batch must all name the same model", code="body.wrong_type"
        )
    if ends[-1] > MAX_TEXTS:
        raise BodyRefused(
            f"the requests hold more than {MAX_TEXTS} strings", code="body.too_many_segments"
        )
    return Entries(all=tuple(found), ends=tuple(ends))
