"""Recordings to be written down: a form with a file that nothing here hears, and texts beside it.

Source: OpenAI API reference, "Create transcription", as read in 2026.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guardrail_gw.core.exchange import Attachment, Envelope, Head, Question
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.dialects.opened.multipart import Field, boundary_of, fields, written
from guardrail_gw.dialects.parsed import wrong
from guardrail_gw.errors import BodyRefused

_FILE: Final = "file"
_MODEL: Final = "model"
_ENDINGS: Final = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "language": re.compile("[a-z]{2,3}"),
    "response_format": re.compile("json|verbose_json|diarized_json"),
    "temperature": re.compile(r"[01](?:\.[0-9]{1,6})?"),
    "timestamp_granularities[]": re.compile("word|segment"),
    "include[]": re.compile("logprobs"),
    "chunking_strategy": re.compile("auto"),
    "stream": re.compile("false|False"),
}
"""Fields with values of a closed form; of another they are refused."""
_TEXTS: Final = ("prompt", "known_speaker_names[]")
"""Fields that people write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed form."""

    parts: tuple[Field, ...] = field(repr=False)
    """As they leave, but for the texts, and the model, which comes last."""
    targets: tuple[int, ...]
    """Segment -> its part."""
    boundary: str
    size: int


def parse_question(raw: bytes, head: Head, dialect: str) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    said = fields(raw)
    model = [_text(each) for each in said if each.name == _MODEL]
    files = [each for each in said if each.name == _FILE]
    if head.model and model in ([], [head.model]):
        model = [head.model]
    elif head.model:
        raise wrong("/model", "the deployment of the path, or left out")
    if len(model) != 1 or not model[0]:
        raise wrong("/model", "a name")
    if len(files) != 1:
        raise wrong("/file", "one file")
    parts = tuple(_known(each) for each in said if each.name != _MODEL)
    targets = tuple(i for i, each in enumerate(parts) if each.name in _TEXTS)
    boundary = boundary_of(raw)
    return Question(
        dialect=dialect,
        model=model[0],
        stream=False,
        segments=tuple(_segment(parts[i]) for i in targets),
        attachments=(Attachment(media="audio", place="/file"),),
        head=replace(head, headers=(("content-type", f"multipart/form-data;boundary={boundary}"),)),
        source=Source(parts=parts, targets=targets, boundary=boundary, size=len(raw)),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place; the model's field comes last."""
    source: Source = question.source
    parts = list(source.parts)
    for index, text in replacements.items():
        at = source.targets[index]
        parts[at] = replace(parts[at], value=text.encode())
    whole = written([*parts, Field(name=_MODEL, value=b"\0")], source.boundary)
    before, _, after = whole.rpartition(b"\0")
    return Envelope(before=before, after=after, is_form=True)


def members(question: Question) -> Mapping[str, Any]:
    """The fields that are texts."""
    source: Source = question.source
    return {p.name: p.value.decode() for p in source.parts if p.filename is None}


def leaves(question: Question) -> Iterator[tuple[str, str]]:
    """Every text of the form, with its place; a field that is there twice has two."""
    source: Source = question.source
    yield from ((p.value.decode(), f"/{p.name}") for p in source.parts if p.filename is None)


def _known(part: Field) -> Field:
    """The field as it leaves: a file loses its name but for what kind it is."""
    if part.name == _FILE:
        ending = (part.filename or "").rpartition(".")[2].lower()
        if ending not in _ENDINGS:
            raise wrong("/file", f"a file whose name ends with one of {', '.join(_ENDINGS)}")
        return Field(name=_FILE, value=part.value, filename=f"audio.{ending}")
    form = _FORMS.get(part.name)
    if form is None and part.name not in _TEXTS:
        raise BodyRefused("the form has a field that nobody knows", code="body.wrong_type")
    text = _text(part)
    if form is not None and not form.fullmatch(text):
        raise wrong(f"/{part.name}", f"of the form {form.pattern}")
    return part


def _text(part: Field) -> str:
    if part.filename is not None:
        raise wrong(f"/{part.name}" if part.name in (_MODEL, *_TEXTS) else "", "no file")
    try:
        return part.value.decode()
    except UnicodeDecodeError:
        raise BodyRefused("a field of the form is not UTF-8", code="body.not_utf8") from None


def _segment(part: Field) -> Segment:
    return Segment(text=part.value.decode(), kind=SegmentKind.PROSE, place=f"/{part.name}")
