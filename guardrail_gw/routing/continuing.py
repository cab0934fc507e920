"""A request for the rest of an answer, in the words of whoever is asked for it.

Providers of two dialects write on behind an answer that has begun, if the model is known to: those
are given its beginning. The others are asked in words to go on. The dialects of OpenAI and Gemini
have no agreed way to give a beginning: some providers repeat it, some refuse it, some want a member
of their own beside it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.exchange import Envelope, Placed
from guardrail_gw.core.leaving import Leaving
from guardrail_gw.core.ports import Spoken
from guardrail_gw.core.reason import Reason
from guardrail_gw.dialects.continuation.reader import Rest, continued
from guardrail_gw.dialects.continuation.seam import anchor_of
from guardrail_gw.dialects.continuation.so_far import SoFar
from guardrail_gw.dialects.continuation.turns import Continued, prefilled, prompted
from guardrail_gw.dialects.translation.hub import Counted
from guardrail_gw.routing.wording import Wording, Wordings

_PREFILLED: Final = frozenset({"anthropic_messages", "bedrock_converse"})
"""Dialects in which a last turn of the model's is written on behind, and not repeated."""
_INLINE_BYTES: Final = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuedWordings:
    """The request in both ways to ask for the rest; made by `going_on`."""

    prefilled: Wordings | None
    prompted: Wordings | None
    envelope: Envelope = field(repr=False)
    """The larger of the bodies."""

    def of(self, deployment: Deployment) -> Wording:
        """The request for a deployment about which `rejection` had nothing to say."""
        wordings = self._for(deployment)
        if wordings is None:
            raise TypeError("the deployment was rejected")
        return wordings.of(deployment)

    def rejection(self, deployment: Deployment) -> Rejection | None:
        """Why a deployment cannot be asked, if it cannot."""
        wordings = self._for(deployment)
        if wordings is None:
            detail = "what was said repeats itself, so that nobody can tell where it goes on"
            return Rejection(deployment=deployment.id, reason=Reason.NO_SEAM, detail=detail)
        return wordings.rejection(deployment)

    def ahead(self, deployment: Deployment) -> None:
        """Nothing is made ahead of time."""

    async def prepare(self, deployments: Iterable[Deployment]) -> None:
        """Translate a large request away from the loop."""
        for wordings in (self.prefilled, self.prompted):
            if wordings is not None:
                await wordings.prepare(deployments)

    def _for(self, deployment: Deployment) -> Wordings | None:
        given = self.prefilled
        if given is None or not deployment.prefill or given.rejection(deployment) is not None:
            return self.prompted
        wording = given.of(deployment)
        is_given = wording.dialect.name in _PREFILLED and not _thinks(wording.members)
        return given if is_given else self.prompted


async def going_on(
    placed: Placed,
    dialects: Mapping[str, Spoken],
    so_far: SoFar,
    leaving: Leaving,
    before: Counted | None,
) -> ContinuedWordings:
    """The request for the rest of an answer.

    Args:
        placed: the request for all of it.
        dialects: of providers.
        so_far: what the client has.
        leaving: the same, as it may be told.
        before: what was counted of that.
    """
    redacted = placed.redacted
    is_given = any(each.prefill for each in placed.reachable)
    envelope, said = redacted.envelope, leaving.text
    size = len(envelope.before) + len(envelope.after) + len(said)
    make = partial(_made, envelope, so_far.dialect, said, is_given=is_given)
    both = make() if size <= _INLINE_BYTES else await asyncio.to_thread(make)

    def worded(asked: Continued | None) -> Wordings | None:
        if asked is None:
            return None
        rest = Rest(so_far=so_far, seam=asked.seam, before=before, mending=leaving.mending)
        joins = partial(continued, rest=rest)
        return Wordings(redacted, dialects, asked.envelope, joins)

    sent = [each.envelope for each in both if each is not None]
    return ContinuedWordings(
        prefilled=worded(both[0]),
        prompted=worded(both[1]),
        envelope=max(sent, key=_size, default=envelope),
    )


def _made(
    envelope: Envelope, dialect: str, said: str, *, is_given: bool
) -> tuple[Continued | None, Continued | None]:
    if not said.strip():  # nothing was said yet, so that everybody may begin
        begun = prefilled(envelope, dialect, said)
        return None, begun
    given = prefilled(envelope, dialect, said) if is_given else None
    anchor = anchor_of(said)
    return given, None if anchor is None else prompted(envelope, dialect, said, anchor)


def _size(envelope: Envelope) -> int:
    return len(envelope.before) + len(envelope.after)


def _thinks(members: Mapping[str, Any]) -> bool:
    """Whether the model is told to think first, which it does not behind a beginning."""
    more = members.get("additionalModelRequestFields")
    for holder in (members, more if isinstance(more, dict) else {}):
        if any(name in holder for name in ("reasoning_config", "reasoningConfig")):
            return True
        thinking = holder.get("thinking")
        if isinstance(thinking, dict) and thinking.get("type") != "disabled":
            return True
    return False
