"""Chat requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.body import (
    Document,
    Path,
    Splice,
    member_span,
    parse,
    quoted,
    rewrite as rewrite_document,
    spans,
    splice,
)
from guardrail_gw.core.exchange import Envelope, Question
from guardrail_gw.dialects.openai_chat import shapes
from guardrail_gw.dialects.openai_chat.features import features
from guardrail_gw.dialects.walk import Layer, Walk
from guardrail_gw.errors import BodyRefused

NAME: Final = "openai_chat"

_SHOWN = frozenset(shapes.REQUEST) | {"role", "content", "function", "arguments", "parameters"}
_MODEL: Path = ("model",)
_OPTIONS: Path = ("stream_options",)
_ASK: Path = ("stream_options", "include_usage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed chat request."""

    layers: tuple[Layer, ...] = field(repr=False)
    targets: tuple[tuple[int, Path], ...] = field(repr=False)
    fixed: tuple[tuple[str, str], ...] = field(repr=False)
    usage_injected: bool
    """The gateway asks for the token counts of a stream and the client did not."""
    json_answer: bool
    """The answer's content is JSON, so restored values are escaped for it."""

    @property
    def document(self) -> Document:
        """The body itself."""
        return self.layers[0].document


def parse_question(raw: bytes) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(raw, names=_SHOWN)
    body = _checked(document.value)
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
        source=Source(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            usage_injected=stream and _asks_for_usage(body) is not True,
            json_answer=_wants_json(body.get("response_format")),
        ),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place, ask for usage, and split around the model's name."""
    source: Source = question.source
    edits = _edits(source, replacements)
    document, ask = source.document, source.usage_injected
    if not edits and not (ask and document.value.get("stream_options") is not None):
        start, end = member_span(document, "model")
        after = document.raw[end:]
        if ask and "stream_options" not in document.value:
            after = b',"stream_options":{"include_usage":true}' + after
            ask = False
        if not ask:
            return Envelope(before=document.raw[:start], after=after)
    return _spliced(document, edits, ask=ask)


def leaves(question: Question) -> Iterator[tuple[str, str]]:
    """Every text a reader of the request sees, with its place: segments and ids."""
    for segment in question.segments:
        yield segment.text, segment.place
    yield from question.source.fixed


def _checked(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    if type(body) is not dict:
        raise _wrong("", "a JSON object")
    model, messages = body.get("model"), body.get("messages")
    if type(model) is not str or not model:
        raise _wrong("/model", "a name")
    if type(messages) is not list:
        raise _wrong("/messages", "a list")
    for index, message in enumerate(messages):
        if type(message) is not dict:
            raise _wrong(f"/messages/{index}", "an object")
    if body.get("stream") not in (None, True, False) or type(body.get("stream")) is int:
        raise _wrong("/stream", "true or false")
    _asks_for_usage(body)
    return body


def _asks_for_usage(body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    options = body.get("stream_options")
    if options is not None and type(options) is not dict:
        raise _wrong("/stream_options", "an object")
    asked = (options or {}).get("include_usage")
    if asked is not None and type(asked) is not bool:
        raise _wrong("/stream_options/include_usage", "true or false")
    return asked


def _wrong(place: str, expected: str) -> BodyRefused:
    return BodyRefused(f"{place!r} must be {expected}", code="body.wrong_type")


def _wants_json(response_format: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(response_format, dict) and response_format.get("type") in (
        "json_object",
        "json_schema",
    )


def _edits(source: Source, replacements: Mapping[int, str]) -> dict[Path, str]:
    """The edits of the body itself; those of JSON within strings are folded in, innermost first."""
    edits: list[dict[Path, str]] = [{} for _ in source.layers]
    for index, text in replacements.items():
        layer, path = source.targets[index]
        edits[layer][path] = text
    for at in range(len(source.layers) - 1, 0, -1):  # an inner layer comes after its outer one
        if edits[at]:
            layer_ = source.layers[at]
            inner = rewrite_document(layer_.document, edits[at]).decode()
            edits[layer_.outer][layer_.path] = inner
    return edits[0]


def _spliced(document: Document, edits: Mapping[Path, str], *, ask: bool) -> Envelope:
    found = spans(document.raw, {*edits, _MODEL, _OPTIONS, _ASK})
    model = found[_MODEL]
    pieces = [Splice(*found[path], quoted(text)) for path, text in edits.items()]
    if ask:
        pieces.append(_ask_usage(document, found))
    raw, (start, end) = document.raw, model
    return Envelope(
        before=splice(raw, [s for s in pieces if s.start < start], stop=start),
        after=splice(raw, [s for s in pieces if s.start >= end], start=end),
    )


def _ask_usage(document: Document, found: Mapping[Path, tuple[int, int]]) -> Splice:
    options = document.value.get("stream_options")
    if options is None and _OPTIONS in found:  # null
        return Splice(*found[_OPTIONS], b'{"include_usage":true}')
    if options is None:
        end = found[_MODEL][1]
        return Splice(end, end, b',"stream_options":{"include_usage":true}')
    if "include_usage" in options:
        return Splice(*found[_ASK], b"true")
    start = found[_OPTIONS][0] + 1
    return Splice(start, start, b'"include_usage":true' + (b"," if options else b""))
