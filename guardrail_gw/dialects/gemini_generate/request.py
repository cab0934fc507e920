"""Gemini requests: parsed once, edited in place, split where they repeat the model's name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.body import Document, Path, Splice, parse, quoted, spans, splice
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.dialects.gemini_generate import address, shapes
from guardrail_gw.dialects.gemini_generate.spelling import said
from guardrail_gw.dialects.parsed import MODEL, Parsed, wrong
from guardrail_gw.dialects.walk import Layer, Walk

NAME: Final = "gemini_generate"

_NESTED: Final = "generateContentRequest"
_JSON: Final = ("application/json",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating(Envelope):
    """A body whose model stands in the path, and in the body only where that is repeated."""

    more: tuple[bytes, ...]
    """What follows each repetition; a deployment's own members stand behind the last."""

    def addressed(self, model_json: bytes, own: bytes = b"") -> bytes:
        """The body for one deployment, its model by the name that a resource has."""
        name = quoted(address.resource(json.loads(model_json)))
        return name.join((self.before, *self.more)) + own + self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Parsed):
    """A parsed Gemini request."""

    repeated: tuple[Path, ...]
    """Where the body says the path's model once more."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request.

    Raises:
        BodyRefused: anything not understood in full.
        UnsupportedContent: content that stands elsewhere.
    """
    document = parse(raw, names=shapes.SHOWN)
    operation = address.operation_of(head)
    body = _checked(document.value, operation)
    repeated = tuple(_repeated(body, operation, head.model))
    walk = Walk(layers=[Layer(document)])
    shapes.request(walk, body, operation)
    return Question(
        dialect=NAME,
        model=head.model,
        stream=operation == address.STREAM,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        features=dict(walk.asked),
        kept=tuple(walk.kept),
        head=head,
        source=Source(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=_wants_json(body),
            repeated=repeated,
        ),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place and split around the model's name."""
    source: Source = question.source
    document, repeated = source.document, source.repeated
    edits = source.edits(replacements) if replacements else {}
    found = spans(document.raw, {*edits, *repeated}) if edits or repeated else {}
    pieces = [Splice(*found[path], quoted(text)) for path, text in edits.items()]
    before, *more = _between(document, pieces, sorted(found[path] for path in repeated))
    end = document.raw.rstrip()[-1:] + document.raw[len(document.raw.rstrip()) :]
    return Repeating(before=before, more=tuple(more), after=end)


def _between(
    document: Document, pieces: list[Splice], names: list[tuple[int, int]]
) -> Iterator[bytes]:
    """The stretches around the names, edited, up to the bracket that ends the body."""
    raw = document.raw
    starts = [0, *(end for _, end in names)]
    stops = [*(start for start, _ in names), len(raw.rstrip()) - 1]
    for start, stop in zip(starts, stops, strict=True):
        within = [piece for piece in pieces if start <= piece.start < stop]
        yield splice(raw, within, start=start, stop=stop)


def _checked(body: Any, operation: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The body as an object with what its operation needs."""
    if type(body) is not dict:
        raise wrong("", "a JSON object")
    if operation == address.EMBED:
        _check_object(body.get("content"), "/content")
    elif operation == address.EMBED_MANY:
        _check_list(body.get("requests"), "/requests")
    elif operation == address.COUNT and (nested := list(said(body, _NESTED))):
        for key, request in nested:
            _check_object(request, f"/{key}")
            _check_list(request.get("contents"), f"/{key}/contents")
    else:
        _check_list(body.get("contents"), "/contents")
    return body


def _check_list(value: Any, place: str) -> None:  # noqa: ANN401 - JSON
    if type(value) is not list:
        raise wrong(place, "a list")
    for index, entry in enumerate(value):
        _check_object(entry, f"{place}/{index}")


def _check_object(value: Any, place: str) -> None:  # noqa: ANN401 - JSON
    if type(value) is not dict:
        raise wrong(place, "an object")


def _repeated(body: dict[str, Any], operation: str, model: str) -> Iterator[Path]:
    """Each place of the model's name.

    Raises:
        BodyRefused: one of them names another model than the path.
    """
    holders: list[tuple[Path, Any]] = [((), body)]
    if operation == address.EMBED_MANY:
        holders += [(("requests", index), each) for index, each in enumerate(body["requests"])]
    elif operation == address.COUNT:
        holders += [((key,), request) for key, request in said(body, _NESTED)]
    for path, holder in holders:
        name = holder.get("model")
        if type(name) is not str:
            continue
        if model and address.model_of(name) != model:
            raise wrong("".join(f"/{step}" for step in (*path, *MODEL)), "the model of the path")
        yield (*path, *MODEL)


def _wants_json(body: Mapping[str, Any]) -> bool:
    for _, config in said(body, "generationConfig"):
        if any(kind in _JSON for _, kind in said(config, "responseMimeType")):
            return True
        if any(schema for _, schema in said(config, "responseSchema", "responseJsonSchema")):
            return True
    return False
