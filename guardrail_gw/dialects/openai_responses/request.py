"""Responses requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.body import Path, Splice, parse, spans
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.dialects.openai_responses import shapes
from guardrail_gw.dialects.openai_responses.features import features, refuse_unserved
from guardrail_gw.dialects.openai_responses.head import answers
from guardrail_gw.dialects.parsed import MODEL, Parsed, addressed, edited, unedited, wrong
from guardrail_gw.dialects.walk import Layer, Walk

NAME: Final = "openai_responses"

_STORE: Final[Path] = ("store",)
_UNSTORED: Final = b',"store":false'
_JSON_FORMATS: Final = ("json_object", "json_schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Parsed):
    """A parsed request."""

    says_nothing_of_storing: bool
    """Left to itself a provider keeps the exchange, so the gateway says that it must not."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request.

    Raises:
        BodyRefused: anything not understood in full.
        OperationRefused: what would be answered from a provider's memory, or in the background.
    """
    document = parse(raw, names=shapes.SHOWN)
    body = _checked(document.value)
    refuse_unserved(body)
    stream = body.get("stream") is True
    if stream and not answers(head):
        raise wrong("/stream", "left out where no response is asked for")
    walk = Walk(layers=[Layer(document)])
    shapes.request(walk, body)
    return Question(
        dialect=NAME,
        model=body["model"],
        stream=stream,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        features=features(body, walk.asked),
        head=head,
        source=Source(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=_wants_json(body.get("text")),
            says_nothing_of_storing=answers(head) and body.get("store") is None,
        ),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place, forbid storing, and split around the model's name."""
    source: Source = question.source
    edits = source.edits(replacements) if replacements else {}
    document = source.document
    if not source.says_nothing_of_storing:
        return edited(document, edits) if edits else unedited(document)
    if not edits and "store" not in document.value:
        return unedited(document, _UNSTORED)
    found = spans(document.raw, {*edits, MODEL, _STORE})
    end = found[MODEL][1]
    forbids = Splice(*found[_STORE], b"false") if _STORE in found else Splice(end, end, _UNSTORED)
    return edited(document, edits, found, [forbids])


def _checked(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    body = addressed(value)
    asked = body.get("input")
    if asked is not None and type(asked) not in (str, list):
        raise wrong("/input", "a text or a list")
    if type(asked) is list:
        for index, item in enumerate(asked):
            if type(item) is not dict:
                raise wrong(f"/input/{index}", "an object")
    if type(body.get("store")) not in (bool, type(None)):
        raise wrong("/store", "true or false")
    return body


def _wants_json(text: Any) -> bool:  # noqa: ANN401 - JSON
    asked = text.get("format") if type(text) is dict else None
    return type(asked) is dict and asked.get("type") in _JSON_FORMATS
