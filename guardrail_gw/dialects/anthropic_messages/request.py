"""Messages requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.core.feature import Feature
from guardrail_gw.dialects.anthropic_messages import shapes
from guardrail_gw.dialects.anthropic_messages.head import is_count
from guardrail_gw.dialects.parsed import Parsed, checked, edited, unedited, wrong
from guardrail_gw.dialects.steering import members
from guardrail_gw.dialects.walk import Layer, Walk

NAME: Final = "anthropic_messages"


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(raw, names=shapes.SHOWN)
    body = checked(document.value)
    stream = body.get("stream") is True
    if stream and is_count(head):
        raise wrong("/stream", "left out where tokens are counted")
    walk = Walk(layers=[Layer(document)])
    shapes.request(walk, body)
    return Question(
        dialect=NAME,
        model=body["model"],
        stream=stream,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        files=tuple(walk.files),
        kept=tuple(walk.kept),
        features=_features(body, walk),
        head=head,
        source=Parsed(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=(*walk.fixed, *((value, f"header {name}") for name, value in head.headers)),
            json_answer=_wants_json(body),
        ),
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place and split around the model's name."""
    source: Parsed = question.source
    edits = source.edits(replacements) if replacements else {}
    return edited(source.document, edits) if edits else unedited(source.document)


def _features(body: Mapping[str, Any], walk: Walk) -> dict[Feature, str]:
    """Each feature that a request asks for, with the place of the first member that does."""
    asked = dict(walk.asked)
    for feature, place in members(body):
        asked.setdefault(feature, place)
    return asked


def _wants_json(body: Mapping[str, Any]) -> bool:
    config = body.get("output_config")
    asked = config.get("format") if type(config) is dict else None
    return type(asked or body.get("output_format")) is dict
