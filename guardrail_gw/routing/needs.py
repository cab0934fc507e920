"""What a request needs of whoever answers it. Pure."""

from typing import Final

from guardrail_gw.core.ability import NOTHING, Needs
from guardrail_gw.core.exchange import Redacted
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.ports import Spoken
from guardrail_gw.dialects.asks import asks_of
from guardrail_gw.routing.estimate import least_tokens, read_tokens, text_bytes

_FILED: Final = frozenset({Kept.CONVERSATION, Kept.FILE, Kept.BATCH})


def needs_of(redacted: Redacted, dialect: Spoken) -> Needs:
    """What a request needs, in its client's own dialect; nothing where no model answers it now."""
    question = redacted.inbound.question
    if question.head.method != "POST" or question.makes in _FILED or question.lines:
        return NOTHING
    asks = question.asks or asks_of(
        question.dialect,
        dialect.operation(question.head),
        dialect.members(question),
        question.attachments,
        stream=question.stream,
    )
    if asks is None:
        return NOTHING
    size = text_bytes(redacted)
    return Needs(
        abilities=asks.abilities,
        read_least=least_tokens(redacted, size),
        read_most=read_tokens(size, len(question.attachments)),
        written=asks.written or 0,
        tier=asks.tier,
    )
