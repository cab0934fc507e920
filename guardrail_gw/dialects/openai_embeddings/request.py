"""Requests for embeddings: parsed once, and what of them is structure.

Source: OpenAI API reference, "Create embeddings", as read in 2026.
"""

from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import BARE, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.parsed import Parsed, addressed, named, wrong
from guardrail_gw.dialects.steering import members
from guardrail_gw.dialects.texts import texts
from guardrail_gw.dialects.walk import Layer, Shape, Walk, free, many, number, one_of, record

NAME: Final = "openai_embeddings"
INPUT: Final = "input"

REQUEST: Final[dict[str, Shape]] = {
    INPUT: many(free),
    "encoding_format": one_of("float", "base64"),
    "dimensions": number,
    "user": free,
}
"""Top-level members but for `model`; others are free-form."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(named(raw, head), names=REQUEST)
    body = _checked(document.value)
    walk = Walk(layers=[Layer(document)])
    known = {key: value for key, value in body.items() if key != "model"}
    record(REQUEST)(walk, known, (), "")
    asked: dict[Feature, str] = {}
    for feature, place in members(body):
        asked.setdefault(feature, place)
    return Question(
        dialect=NAME,
        model=body["model"],
        stream=False,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        features=asked,
        head=head,
        source=Parsed(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=False,
        ),
    )


def _checked(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    body = addressed(value)
    if body.get(INPUT) is None:
        raise wrong(f"/{INPUT}", "a text or a list of texts")
    texts(body, INPUT)
    if body.get("stream") is True:
        raise wrong("/stream", "left out, for embeddings come as a whole")
    return body
