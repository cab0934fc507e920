"""What a provider says of its own rates in the head of an answer.

Sources: OpenAI, "Rate limits" (`x-ratelimit-…`, resets as `250ms`), and Anthropic, "Rate limits"
(`anthropic-ratelimit-…`, resets as instants of RFC 3339), as read in 2026.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from guardrail_gw.standin import messages
from guardrail_gw.standin.behaviour import Behaviour
from guardrail_gw.standin.voice import Voice


def rates(voice: Voice, how: Behaviour) -> dict[str, str]:
    """The headers, in the way of the dialect's own provider; none if the behaviour names none."""
    name = _anthropic if voice is messages else _openai
    return dict(
        header
        for kind, left in (("requests", how.left_requests), ("tokens", how.left_tokens))
        if left is not None
        for header in name(kind, left, how.reset_ms)
    )


def _openai(kind: str, left: int, reset_ms: int | None) -> Iterator[tuple[str, str]]:
    yield f"x-ratelimit-remaining-{kind}", str(left)
    if reset_ms is not None:
        yield f"x-ratelimit-reset-{kind}", f"{reset_ms}ms"


def _anthropic(kind: str, left: int, reset_ms: int | None) -> Iterator[tuple[str, str]]:
    yield f"anthropic-ratelimit-{kind}-remaining", str(left)
    if reset_ms is not None:
        at = _now() + timedelta(milliseconds=reset_ms)
        yield f"anthropic-ratelimit-{kind}-reset", at.isoformat()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a provider has a clock of its own
