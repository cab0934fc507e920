"""Whether the answer to a request may be kept, and one that is kept be given: unknown means no."""

from typing import Final

from guardrail_gw.core.cached import CacheUse
from guardrail_gw.core.exchange import Inbound, Question, Redacted
from guardrail_gw.core.kept import Kept
from guardrail_gw.dialects.in_full import IN_FULL
from guardrail_gw.policy.policy import Cache, Policy

MOST_SENT: Final = 1 << 20
"""Bytes of a request; the digest of so many takes a millisecond."""


def bypass(redacted: Redacted, policy: Policy) -> CacheUse | None:
    """Why the cache has nothing to do with a request; None: it has.

    Args:
        redacted: the request.
        policy: the one that it obeys, with all that its conditions came to.
    """
    inbound = redacted.inbound
    question = inbound.question
    is_personal = bool(redacted.entities or redacted.originals)
    reasons = {
        CacheUse.POLICY: policy.cache is Cache.NEVER,
        CacheUse.CLIENT: not inbound.freshness.is_kept,
        CacheUse.SURFACE: not _is_plain(redacted),
        CacheUse.STATEFUL: _is_stateful(redacted),
        CacheUse.FEATURE: bool(question.features),
        CacheUse.UNSCANNED: bool(question.attachments),
        CacheUse.PERSONAL: is_personal and policy.cache is not Cache.ALL,
        CacheUse.SIZE: _size(inbound, redacted) > MOST_SENT,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def _is_plain(redacted: Redacted) -> bool:
    """One request for one answer, of which can be told whether it was said in full."""
    question, envelope = redacted.inbound.question, redacted.envelope
    is_post = question.head.method == "POST" and not question.once
    is_one = not (envelope.is_form or envelope.lines or redacted.lines or question.lines)
    return question.dialect in IN_FULL and is_post and is_one and not question.media


def _is_stateful(redacted: Redacted) -> bool:
    question = redacted.inbound.question
    return redacted.stored or redacted.held is not None or _names_state(question)


def _names_state(question: Question) -> bool:
    named = question.recall or question.files or question.kept or question.lists
    return bool(named) or question.store is True or question.makes is not Kept.RESPONSE


def _size(inbound: Inbound, redacted: Redacted) -> int:
    envelope = redacted.envelope
    sent = len(envelope.before) + len(envelope.after) + sum(map(len, envelope.between))
    return max(sent, len(inbound.body))
