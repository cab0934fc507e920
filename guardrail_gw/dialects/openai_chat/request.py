"""Chat requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.body import Document, Path, Splice, parse, spans
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.dialects.openai_chat import shapes
from guardrail_gw.dialects.openai_chat.features import features
from guardrail_gw.dialects.parsed import MODEL, Parsed, checked, edited, unedited, wrong
from guardrail_gw.dialects.walk import Layer, Walk

NAME: Final = "openai_chat"

_SHOWN = frozenset(shapes.REQUEST) | {"role", "content", "function", "arguments", "parameters"}
_OPTIONS: Path = ("stream_options",)
_ASK: Path = ("stream_options", "include_usage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Parsed):
    """A parsed chat request."""

    usage_injected: bool
    """The gateway asks for the token counts of a stream and the client did not."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(raw, names=_SHOWN)
    body = checked(document.value)
    asks_for_usage = _asks_for_usage(body)
    walk = Walk(layers=[Layer(document)])
    shapes.request(walk, body)
    stream = body.get("stream") is True
    return Question(
        dialect=NAME,
        model=body["model"],
        stream=stream,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        features=features(body),
        head=head,
        source=Source(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            usage_injected=stream and asks_for_usage is not True,
            json_answer=_wants_json(body.get("response_format")),
        ),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place, ask for usage, and split around the model's name."""
    source: Source = question.source
    edits = source.edits(replacements) if replacements else {}
    document, ask = source.document, source.usage_injected
    if not edits and not (ask and document.value.get("stream_options") is not None):
        if not ask:
            return unedited(document)
        if "stream_options" not in document.value:
            return unedited(document, b',"stream_options":{"include_usage":true}')
    found = spans(document.raw, {*edits, MODEL, _OPTIONS, _ASK})
    return edited(document, edits, found, [_ask_usage(document, found)] if ask else ())


def _asks_for_usage(body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    options = body.get("stream_options")
    if options is not None and type(options) is not dict:
        raise wrong("/stream_options", "an object")
    asked = (options or {}).get("include_usage")
    if asked is not None and type(asked) is not bool:
        raise wrong("/stream_options/include_usage", "true or false")
    return asked


def _wants_json(response_format: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(response_format, dict) and response_format.get("type") in (
        "json_object",
        "json_schema",
    )


def _ask_usage(document: Document, found: Mapping[Path, tuple[int, int]]) -> Splice:
    options = document.value.get("stream_options")
    if options is None and _OPTIONS in found:  # null
        return Splice(*found[_OPTIONS], b'{"include_usage":true}')
    if options is None:
        end = found[MODEL][1]
        return Splice(end, end, b',"stream_options":{"include_usage":true}')
    if "include_usage" in options:
        return Splice(*found[_ASK], b"true")
    start = found[_OPTIONS][0] + 1
    return Splice(start, start, b'"include_usage":true' + (b"," if options else b""))
