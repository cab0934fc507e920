"""Requests of these surfaces that are JSON: parsed once, edited in place.

Source: OpenAI API reference, "Create moderation", "Create image", "Create speech", as read in 2026.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import Attachment, Envelope, Head, Question
from guardrail_gw.dialects.openai_chat.shapes import part
from guardrail_gw.dialects.parsed import Parsed, addressed, edited, named, unedited, wrong
from guardrail_gw.dialects.steering import members, noted
from guardrail_gw.dialects.walk import Layer, Shape, Walk, free, many, name, number, one_of, record

ANSWER: Final = "the answer"
"""Where content stands that comes back, and that nothing looks into."""
SOUNDS: Final[Mapping[str, str]] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""Formats of speech -> media types (IANA; `pcm` as OpenAI has it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What one surface has in its requests."""

    members: Mapping[str, Shape]
    """Top-level members but for `model`; others are free-form."""
    needs: str
    """The member without which there is nothing to do."""
    returns: str = ""
    """What comes back that nothing looks into: `image`, `audio`."""
    media: Callable[[Mapping[str, Any]], str] = lambda _: ""
    """The media type of an answer that is not JSON."""
    streams: tuple[str, Any] = ("stream", True)
    """The member, and its value, that would have the answer come in pieces."""


def _sound(body: Mapping[str, Any]) -> str:
    asked = body.get("response_format", "mp3")
    if type(asked) is not str or asked not in SOUNDS:
        raise wrong("/response_format", f"one of {', '.join(SOUNDS)}")
    return SOUNDS[asked]


MODERATION: Final = Form(members={"input": many(part), "user": free}, needs="input")
IMAGE: Final = Form(
    members={
        "prompt": free,
        "user": free,
        "background": one_of("transparent", "opaque", "auto"),
        "moderation": one_of("low", "auto"),
        "output_format": one_of("png", "jpeg", "webp"),
        "quality": one_of("standard", "hd", "low", "medium", "high", "auto"),
        "response_format": one_of("url", "b64_json"),
        "size": one_of(
            *("auto", "256x256", "512x512", "1024x1024", "1536x1024", "1024x1536"),
            *("1792x1024", "1024x1792"),
        ),
        "style": one_of("vivid", "natural"),
        **dict.fromkeys(("n", "output_compression", "partial_images"), number),
    },
    needs="prompt",
    returns="image",
)
SPEECH: Final = Form(
    members={
        "input": free,
        "instructions": free,
        "voice": name,
        "response_format": one_of(*SOUNDS),
        "stream_format": one_of("audio"),
        "speed": number,
    },
    needs="input",
    returns="audio",
    media=_sound,
    streams=("stream_format", "sse"),
)


def parse_question(raw: bytes, head: Head, dialect: str, form: Form) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(named(raw, head), names=form.members)
    body = addressed(document.value)
    if body.get(form.needs) is None:
        raise wrong(f"/{form.needs}", "there")
    member, streamed = form.streams
    if body.get(member) == streamed:
        raise wrong(f"/{member}", "left out, for answers come as a whole here")
    walk = Walk(layers=[Layer(document)])
    record(form.members)(walk, {k: v for k, v in body.items() if k != "model"}, (), "")
    returned = (Attachment(media=form.returns, place=ANSWER),) if form.returns else ()
    return Question(
        dialect=dialect,
        model=body["model"],
        stream=False,
        segments=tuple(walk.segments),
        attachments=(*walk.attachments, *returned),
        files=tuple(walk.files),
        kept=tuple(walk.kept),
        features=noted((*walk.asked.items(), *members(body))),
        head=head,
        source=Parsed(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=False,
        ),
        media=form.media(body),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place, and split around the model's name."""
    source: Parsed = question.source
    edits = source.edits(replacements) if replacements else {}
    return edited(source.document, edits) if edits else unedited(source.document)
