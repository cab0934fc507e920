"""Responses requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from guardrail_gw.core.body import Path, Splice, parse, spans
from guardrail_gw.core.exchange import (
    BARE,
    Envelope,
    Head,
    Question,
)
from guardrail_gw.core.kept import Recall
from guardrail_gw.dialects.openai_responses import shapes
from guardrail_gw.dialects.openai_responses.features import (
    features,
    recall,
    refuse_unserved,
    unnamed,
)
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
    """Left to itself a provider keeps the exchange."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request.

    Raises:
        BodyRefused: anything not understood in full.
        OperationRefused: what would be answered in the background, or from nobody knows what.
    """
    document = parse(raw, names=shapes.SHOWN)
    body = _checked(document.value)
    refuse_unserved(body)
    goes_on = recall(body)
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
        files=tuple(walk.files),
        features=features(body, walk.asked),
        kept=(*walk.kept, *unnamed(body, walk.kept)),
        head=head,
        source=Source(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=wants_json(body.get("text")),
            says_nothing_of_storing=answers(head) and body.get("store") is None,
        ),
        recall=goes_on if answers(head) else _only_read(goes_on),
        store=body.get("store") if answers(head) else False,
    )


def rewrite(
    question: Question, replacements: Mapping[int, str], *, stored: bool | None = None
) -> Envelope:
    """Put the replacements in place, say what of storing, and split around the model's name.

    Left to itself a provider keeps an exchange, so one that says nothing is told that it must not.
    """
    source: Source = question.source
    edits = source.edits(replacements) if replacements else {}
    document = source.document
    unstored = not stored if source.says_nothing_of_storing else stored is False and question.store
    if not unstored:
        return edited(document, edits) if edits else unedited(document)
    if not edits and "store" not in document.value:
        return unedited(document, _UNSTORED)
    found = spans(document.raw, {*edits, MODEL, _STORE})
    end = found[MODEL][1]
    forbids = Splice(*found[_STORE], b"false") if _STORE in found else Splice(end, end, _UNSTORED)
    return edited(document, edits, found, [forbids])


def _only_read(goes_on: Recall | None) -> Recall | None:
    """What an operation that answers nothing adds nothing to."""
    return None if goes_on is None else replace(goes_on, adds=False)


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


def wants_json(text: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether the answer's text is to be JSON."""
    asked = text.get("format") if type(text) is dict else None
    return type(asked) is dict and asked.get("type") in _JSON_FORMATS
