"""What one provider said, as another one may be told it in a request.

It is looked at like any text of a request. What is found in it gets placeholders, which are put
back in the rest of the answer: the client has had the values, and nobody else is told them.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.exchange import Redacted
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import DetectionDown, ResidualFound
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.redaction.placeholder import PLACEHOLDER, Issuer, TokenKey
from guardrail_gw.redaction.residual import refuse_residue
from guardrail_gw.redaction.restorer import Restorer, Tail

Detect = Callable[[Sequence[Segment], Policy], Awaitable[Sequence[tuple[Finding, ...]]]]
_PLACE: Final = "the answer so far"
_NOBODY: Final = "it"
"""Stands for what stands for a value: a word in which nothing is found."""
_SHORTEST: Final = 3
"""Characters of the beginning of a placeholder at the end of a text."""
_RESTORED: Final = (Action.TOKEN, Action.SURROGATE)
"""What is replaced for the trip alone; other actions are for good, or forbid it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A text that may be told."""

    text: str = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Placeholder -> what the provider wrote, of what was replaced in it alone."""
    entities: Mapping[Entity, int] = field(default_factory=dict)
    """What counts as personal data in it, besides what the request had replaced."""

    def mending(self) -> Tail:
        """What puts the values back in the rest of the answer."""
        return Tail(restorer=Restorer(self.values), escape="")


@dataclass(slots=True)
class _Bare:
    """A text without what stands for values, and where its characters are in the whole."""

    text: str = field(default="", repr=False)
    _pieces: list[tuple[int, int, int]] = field(default_factory=list)
    """Start in here, start in the whole, length."""

    def add(self, text: str, at: int) -> None:
        """Add a part of the whole."""
        self._pieces.append((len(self.text), at, len(text)))
        self.text += text

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a span stands in the whole; None where it is not of one part."""
        for here, there, size in self._pieces:
            if here <= start and end <= here + size:
                return there + start - here, there + end - here
        return None


async def repeated(
    redacted: Redacted, policy: Policy, said: str, key: TokenKey, detect: Detect
) -> Repeated | None:
    """Look at what was said, and replace what is found.

    Args:
        redacted: the request that was answered.
        policy: what it obeys.
        said: as the provider wrote it, placeholders in it.
        key: of placeholders.
        detect: finds what is in texts.

    Returns:
        None where it may not be told: an original of the request is in it, something is found that
        is not replaced by placeholders or stands at its end, where more of it may be missing.
    """
    originals = redacted.originals
    bare = _bare(said, originals)
    try:
        refuse_residue([(said, _PLACE)], [*originals.values()], [*originals])
        (findings,) = await detect([Segment(text=bare.text, place=_PLACE)], policy)
        made = _replaced(redacted, policy, said, key, bare, findings)
        if made is not None and made.values:
            values, tokens = {**originals, **made.values}, [*originals, *made.values]
            refuse_residue([(made.text, _PLACE)], [*values.values()], tokens)
    except (ResidualFound, DetectionDown):
        return None
    return made


def _replaced(  # noqa: PLR0913, PLR0917 - what it is made of
    redacted: Redacted,
    policy: Policy,
    said: str,
    key: TokenKey,
    bare: _Bare,
    findings: Sequence[Finding],
) -> Repeated | None:
    issuer = Issuer(key=key, principal=redacted.inbound.principal)
    issuer.issued_before({t: v for t, v in redacted.originals.items() if PLACEHOLDER.fullmatch(t)})
    text, at, entities = list[str](), 0, Counter[Entity]()
    values = dict[str, str]()
    for finding in sorted(findings):
        if not _counts(policy, bare.text, finding):
            continue
        entities[finding.entity] += 1
        action = policy.rule_for(finding.entity).action
        if action is Action.ALLOW:
            continue
        place = bare.place(finding.start, finding.end)
        if action not in _RESTORED or place is None or place[1] >= len(said.rstrip()):
            return None
        value = said[slice(*place)]
        token = issuer.placeholder(finding.entity, value)
        values[token] = value
        text += (said[at : place[0]], token)
        at = place[1]
    return Repeated(text="".join((*text, said[at:])), values=values, entities=entities)


def _counts(policy: Policy, text: str, finding: Finding) -> bool:
    """Whether a finding is personal data."""
    rule = policy.rule_for(finding.entity)
    return rule.concerns(finding.score) and not rule.allows(text[finding.start : finding.end])


def _bare(said: str, originals: Mapping[str, str]) -> _Bare:
    """The text without what stands for values, one that is cut at its end included."""
    bare, at = _Bare(), 0
    for start, end in _tokens(said, originals):
        bare.add(said[at:start], at)
        bare.text += _NOBODY
        at = end
    bare.add(said[at:], at)
    return bare


def _tokens(said: str, originals: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Where they stand."""
    if not originals:
        return
    tokens, last = sorted(originals, key=len, reverse=True), 0
    for match in re.finditer("|".join(map(re.escape, tokens)), said):
        last = match.end()
        yield match.span()
    for token in tokens:
        for size in range(min(len(token) - 1, len(said) - last), _SHORTEST - 1, -1):
            if said.endswith(token[:size]):
                yield len(said) - size, len(said)
                return
