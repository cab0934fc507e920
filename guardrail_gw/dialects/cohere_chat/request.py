"""Cohere chat requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.cohere_chat import shapes
from guardrail_gw.dialects.openai_chat.features import features
from guardrail_gw.dialects.parsed import Parsed, checked, edited, unedited
from guardrail_gw.dialects.walk import Layer, Walk, record

NAME: Final = "cohere_chat"


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(raw, names=shapes.SHOWN)
    body = checked(document.value)
    walk = Walk(layers=[Layer(document)])
    known = {key: value for key, value in body.items() if key != "model"}
    record(shapes.REQUEST)(walk, known, (), "")
    return asked(NAME, body, walk, head, features(body))


def asked(
    dialect: str,
    body: Mapping[str, Any],
    walk: Walk,
    head: Head,
    wanted: Mapping[Feature, str],
) -> Question:
    """The question that a walk over a request has come to.

    Args:
        dialect: its name.
        body: the request.
        walk: over all of it.
        head: what the client asks for besides.
        wanted: what it asks of a provider beyond an answer.
    """
    form = body.get("response_format")
    return Question(
        dialect=dialect,
        model=body["model"],
        stream=body.get("stream") is True,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        features=wanted,
        kept=tuple(walk.kept),
        head=head,
        source=Parsed(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=type(form) is dict and form.get("type") == "json_object",
        ),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place and split around the model's name."""
    source: Parsed = question.source
    edits = source.edits(replacements) if replacements else {}
    return edited(source.document, edits) if edits else unedited(source.document)
