"""What else is uploaded: texts and JSON are read, and of anything else it is said that it is there.

Which it is, the name's ending says; what does not read as its ending says is refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import ClassVar, Final

from guardrail_gw.core.body import parse, rewrite
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Named, Recall
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.dialects.files.many import MAX_TEXTS
from guardrail_gw.dialects.media import embedded, is_opaque
from guardrail_gw.dialects.parsed import Parsed
from guardrail_gw.dialects.walk import Layer, Walk, free
from guardrail_gw.errors import BodyRefused

PLACE: Final = "/file"
_PIECE: Final = 32 << 10
"""Characters of a text that are scanned as one; a piece ends where a paragraph does, if it can."""
_FORM: Final = re.compile(r"[a-z0-9]{1,8}")
_PARAGRAPH: Final = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a file: a text, JSON, or bytes that nothing looks into."""

    raw: bytes = field(repr=False)
    segments: tuple[Segment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    parsed: Parsed | None = None
    """Of JSON."""

    def written(self, replacements: Mapping[int, str]) -> bytes:
        """It as it leaves: `replacements` are of its own segments."""
        if not replacements:
            return self.raw
        if self.parsed is None:
            return replacements[0].encode()
        return rewrite(self.parsed.document, self.parsed.edits(replacements))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A whole file."""

    all: tuple[Piece, ...]
    ends: tuple[int, ...]
    """How many segments there are up to the end of each."""

    model: ClassVar[str] = ""
    """It is for no model, and asks for nothing but to be kept."""
    features: ClassVar[Mapping[Feature, str]] = MappingProxyType({})
    files: ClassVar[tuple[Recall, ...]] = ()
    kept: ClassVar[tuple[Named, ...]] = ()
    surfaces: ClassVar[tuple[str, ...]] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Those of all pieces."""
        return tuple(segment for piece in self.all for segment in piece.segments)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """What in it cannot be scanned."""
        return tuple(found for piece in self.all for found in piece.attachments)

    @property
    def leaves(self) -> Iterator[tuple[str, str]]:
        """Every text that a reader sees, with its place."""
        return ((each.text, each.place) for each in self.segments)

    def written(self, replacements: Mapping[int, str]) -> bytes:
        """The file as it leaves."""
        out: list[bytes] = []
        start = 0
        for piece, end in zip(self.all, self.ends, strict=True):
            own = {i - start: replacements[i] for i in range(start, end) if i in replacements}
            out.append(piece.written(own))
            start = end
        return b"".join(out)


def read(content: bytes, ending: str) -> Pieces:
    """Read a file.

    Args:
        content: its bytes.
        ending: of its name: `csv`.

    Raises:
        BodyRefused: it is not what its ending says.
    """
    how = _READERS.get(ending)
    pieces = [_opaque(content, ending)] if how is None else list(how(content))
    ends: list[int] = []
    for piece in pieces:
        ends.append((ends[-1] if ends else 0) + len(piece.segments))
    if ends and ends[-1] > MAX_TEXTS:
        raise BodyRefused(
            f"the file holds more than {MAX_TEXTS} strings", code="body.too_many_segments"
        )
    return Pieces(all=tuple(pieces), ends=tuple(ends))


def _opaque(content: bytes, ending: str) -> Piece:
    if not _FORM.fullmatch(ending):
        raise BodyRefused(
            "the file's name must end with a dot and what kind of file it is",
            code="body.wrong_type",
        )
    return Piece(raw=content, attachments=(Attachment(media="file", place=PLACE),))


def _text(content: bytes) -> Iterator[Piece]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise BodyRefused(
            "the file is not UTF-8, as its ending says", code="body.not_utf8"
        ) from None
    start = 0
    while start < len(text):
        end = _end(text, start)
        piece, start = text[start:end], end
        media = embedded(piece)
        yield Piece(
            raw=piece.encode(),
            segments=()
            if media and is_opaque(piece)
            else (Segment(text=piece, kind=SegmentKind.PROSE, place=PLACE),),
            attachments=(Attachment(media=media, place=PLACE),) if media else (),
        )


def _end(text: str, start: int) -> int:
    """Where a piece of a text ends."""
    if len(text) - start <= _PIECE:
        return len(text)
    for mark in (_PARAGRAPH, "\n", " "):
        at = text.rfind(mark, start + _PIECE // 2, start + _PIECE)
        if at >= 0:
            return at + len(mark)
    return start + _PIECE


def _json(content: bytes) -> Iterator[Piece]:
    yield _document(content, PLACE)


def _json_lines(content: bytes) -> Iterator[Piece]:
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if not raw.strip():
            continue
        place = f"line {number}"
        try:
            piece = _document(raw, place)
        except BodyRefused as refusal:
            raise BodyRefused(f"{place}: {refusal.detail}", code=refusal.code) from None
        yield piece
        yield Piece(raw=b"\n")


def _document(raw: bytes, place: str) -> Piece:
    document = parse(raw)
    walk = Walk(layers=[Layer(document)])
    free(walk, document.value, (), "")
    return Piece(
        raw=raw,
        segments=tuple(replace(each, place=f"{place} {each.place}") for each in walk.segments),
        attachments=tuple(replace(a, place=f"{place} {a.place}") for a in walk.attachments),
        parsed=Parsed(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=False,
        ),
    )


_READERS: Final[Mapping[str, Callable[[bytes], Iterator[Piece]]]] = {
    **dict.fromkeys(("txt", "md", "csv", "tsv"), _text),
    "json": _json,
    "jsonl": _json_lines,
}
TEXTS: Final = frozenset(_READERS)
"""Endings of what is read."""
