"""Uploads: a form with a file, which is read by what it is for and by its name's ending.

Source: OpenAI API reference, "Upload file", as read in 2026.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote

from guardrail_gw.core.exchange import Envelope, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.dialects.files import lines, texts
from guardrail_gw.dialects.files.many import Entries
from guardrail_gw.dialects.opened.multipart import Field, boundary_of, fields, written
from guardrail_gw.dialects.parsed import wrong
from guardrail_gw.dialects.steering import noted
from guardrail_gw.errors import BodyRefused

_FILE: Final = "file"
_PURPOSE: Final = "purpose"
_TYPE: Final = "content-type"
_BATCH: Final = "batch"
OPENAI: Final[Mapping[str, re.Pattern[str]]] = {
    _PURPOSE: re.compile("assistants|batch|fine-tune|vision|user_data|evals"),
    "expires_after[anchor]": re.compile("created_at"),
    "expires_after[seconds]": re.compile("[0-9]{1,9}"),
}
"""Fields with values of a closed form; there are no others beside the file."""
ANTHROPIC: Final[Mapping[str, re.Pattern[str]]] = {}
"""There is the file alone."""
_MEDIA: Final[Mapping[str, str]] = {
    **dict.fromkeys(("txt", "md", "csv", "tsv"), "text/plain"),
    "json": "application/json",
    "jsonl": "application/jsonl",
    "pdf": "application/pdf",
    **{each: f"image/{each}" for each in ("png", "jpeg", "gif", "webp")},
    "jpg": "image/jpeg",
}
"""Ending -> what the provider is told that the file is."""
_STEM: Final = re.compile(r'[^\x00-\x1f\x7f"\\/%]{1,200}')
"""A name that can stand in a form as it is."""
_STEM_PLACE: Final = "/file/filename"
_NAMELESS: Final = "file"
_MARK: Final = b"\0"
"""Stands for the model's name: JSON has no such character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed form: the first segment is the file's name without its ending."""

    parts: tuple[Field, ...] = field(repr=False)
    """All but the file."""
    stem: str = field(repr=False)
    ending: str
    content: Entries | texts.Pieces = field(repr=False)
    boundary: str
    size: int


def parse_question(
    raw: bytes, head: Head, dialect: str, forms: Mapping[str, re.Pattern[str]]
) -> Question:
    """Read a request; raises Refusal for anything not understood in full."""
    said = fields(raw)
    files = [each for each in said if each.filename is not None]
    if len(files) != 1 or files[0].name != _FILE:
        raise wrong("/file", "one file")
    parts = tuple(_known(each, forms) for each in said if each.filename is None)
    named = {each.name: each.value.decode() for each in parts}
    if len(named) != len(parts) or (_PURPOSE in forms) != (_PURPOSE in named):
        raise wrong(f"/{_PURPOSE}", "there, and every field once")
    stem, _, ending = unquote(files[0].filename or "").rpartition(".")
    source = Source(
        parts=parts,
        stem=stem if _STEM.fullmatch(stem) else _NAMELESS,
        ending=ending.lower(),
        content=_content(files[0].value, named.get(_PURPOSE, ""), ending.lower()),
        boundary=boundary_of(raw),
        size=len(raw),
    )
    return _question(source, head, dialect)


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place; of a batch each request names the model."""
    source: Source = question.source
    inner = {index - 1: text for index, text in replacements.items() if index}
    stem = replacements.get(0, source.stem)
    filename = f"{stem if _STEM.fullmatch(stem) else _NAMELESS}.{source.ending}"
    content = source.content
    if not isinstance(content, Entries):
        return Envelope(
            before=_form(source, filename, content.written(inner)), after=b"", names_model=False
        )
    told = content.written(inner)
    before, *between, after = _form(source, filename, b"\n".join(map(_MARK.join, told))).split(
        _MARK
    )
    return Envelope(
        before=before,
        between=tuple(between),
        after=after,
        lines=content.digests(told),
        requests=content.enclosed(told),
    )


def members(question: Question) -> Mapping[str, Any]:
    """The fields that are texts."""
    source: Source = question.source
    return {each.name: each.value.decode() for each in source.parts}


def leaves(question: Question) -> Iterator[tuple[str, str]]:
    """Every text of the form, with its place."""
    source: Source = question.source
    yield source.stem, _STEM_PLACE
    yield from source.content.leaves


def _question(source: Source, head: Head, dialect: str) -> Question:
    content = source.content
    name = Segment(text=source.stem, kind=SegmentKind.PROSE, place=_STEM_PLACE)
    ends = [1 + end for end in content.ends]
    return Question(
        dialect=dialect,
        model=content.model,
        stream=False,
        segments=(name, *content.segments),
        attachments=content.attachments,
        features=noted([*content.features.items(), (Feature.STORAGE, f"/{_FILE}")]),
        head=replace(
            head,
            headers=(
                *(each for each in head.headers if each[0] != _TYPE),
                (_TYPE, f"multipart/form-data;boundary={source.boundary}"),
            ),
        ),
        source=source,
        files=content.files,
        kept=content.kept,
        lines=tuple(ends) or (1,),
        surfaces=content.surfaces,
        makes=Kept.FILE,
        store=True,
        once=True,
    )


def _content(raw: bytes, purpose: str, ending: str) -> Entries | texts.Pieces:
    if purpose != _BATCH:
        return texts.read(raw, ending)
    if ending != "jsonl":
        raise wrong("/file", "for a batch, a file whose name ends with .jsonl")
    return lines.read(raw)


def _form(source: Source, filename: str, content: bytes) -> bytes:
    media = _MEDIA.get(source.ending, "application/octet-stream")
    file = Field(name=_FILE, value=content, filename=filename, media=media)
    return written([*source.parts, file], source.boundary)


def _known(part: Field, forms: Mapping[str, re.Pattern[str]]) -> Field:
    form = forms.get(part.name)
    if form is None:
        raise BodyRefused("the form has a field that nobody knows", code="body.wrong_type")
    try:
        text = part.value.decode()
    except UnicodeDecodeError:
        raise BodyRefused("a field of the form is not UTF-8", code="body.not_utf8") from None
    if not form.fullmatch(text):
        raise wrong(f"/{part.name}", f"of the form {form.pattern}")
    return part
