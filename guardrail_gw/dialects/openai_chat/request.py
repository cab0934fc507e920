"""Chat requests: parsed once, edited in place, split around the model's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import BARE, Envelope, Head, Question
from guardrail_gw.dialects.openai_chat import shapes
from guardrail_gw.dialects.openai_chat.features import features
from guardrail_gw.dialects.openai_chat.sources import sources
from guardrail_gw.dialects.parsed import Parsed, checked, named
from guardrail_gw.dialects.stream_usage import asks_for_usage, rewritten
from guardrail_gw.dialects.walk import Layer, Walk

NAME: Final = "openai_chat"

_SHOWN = frozenset(shapes.REQUEST) | {"role", "content", "function", "arguments", "parameters"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Parsed):
    """A parsed chat request."""

    usage_injected: bool
    """The gateway asks for the token counts of a stream and the client did not."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(named(raw, head), names=_SHOWN)
    body = checked(document.value)
    asks = asks_for_usage(body)
    walk = Walk(layers=[Layer(document)])
    shapes.request(walk, body)
    return asked(NAME, body, walk, head, asks=asks)


def asked(
    dialect: str, body: Mapping[str, Any], walk: Walk, head: Head, *, asks: bool | None
) -> Question:
    """The question that a walk over a request has come to.

    Args:
        dialect: its name.
        body: the request.
        walk: over all of it.
        head: what the client asks for besides.
        asks: whether the client wants the token counts of a stream; None where it does not say.
    """
    stream = body.get("stream") is True
    return Question(
        dialect=dialect,
        model=body["model"],
        stream=stream,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        files=tuple(walk.files),
        features=features(body),
        kept=(*walk.kept, *sources(body)),
        head=head,
        store=body.get("store") is True,
        source=Source(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            usage_injected=stream and asks is not True,
            json_answer=wants_json(body.get("response_format")),
        ),
    )


def rewrite(
    question: Question, replacements: Mapping[int, str], *, stored: bool | None = None
) -> Envelope:
    """Put the replacements in place, ask for usage, and split around the model's name."""
    source: Source = question.source
    edits = source.edits(replacements) if replacements else {}
    unstored = stored is False and question.store is True
    return rewritten(source.document, edits, ask=source.usage_injected, unstored=unstored)


def wants_json(response_format: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether the answer's text is to be JSON."""
    return isinstance(response_format, dict) and response_format.get("type") in (
        "json_object",
        "json_schema",
    )
