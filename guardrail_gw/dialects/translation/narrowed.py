"""A request, narrowed to what whoever is asked can be told; the rest is noted, or refused."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.translation.hub import Ask, Part, Thought, Turn, Want, Wish
from guardrail_gw.dialects.translation.losses import Losses, settle

_EFFORTS: Final = frozenset(Takes) - {Takes.CACHE_MARKS}
_THINKING: Final = frozenset({Want.EFFORT, Want.THOUGHTS})
_HIGHEST: Final = "high"
_ABOVE: Final = ("xhigh", "max")
"""Efforts that few models take, each maker's own."""


def with_own_thoughts(ask: Ask, provider: str, member: str, losses: Losses) -> Ask:
    """The request without thoughts that others sealed: whoever is asked could not open them."""
    turns = list[Turn]()
    for turn in ask.turns:
        kept = tuple(part for part in turn.parts if _is_for(part, provider))
        if len(kept) < len(turn.parts):
            losses.note(member)
        if kept:
            turns.append(replace(turn, parts=kept))
    return replace(ask, turns=tuple(turns))


def with_known_wishes(
    ask: Ask, wants: Collection[Want], takers: frozenset[Takes], losses: Losses
) -> Ask:
    """The request with the wishes for which this dialect, and this model, have words.

    Args:
        ask: the request.
        wants: wishes that every request of the dialect can say.
        takers: words for an effort that the dialect has for some models.
        losses: where the other wishes are noted.

    Raises:
        Untranslatable: it needs one of the others.
    """
    is_taker = bool(ask.takes & _EFFORTS)
    known = {*wants, *(_THINKING if takers & ask.takes else ())}
    told = {
        want: wish
        for want, wish in ask.wishes.items()
        if want in known and (is_taker or not wish.is_for_takers)
    }
    settle(ask.wishes, told, losses)
    return replace(ask, wishes=told if takers else _within_reach(told, losses))


def _within_reach(told: Mapping[Want, Wish], losses: Losses) -> Mapping[Want, Wish]:
    """The wishes, an effort of another maker's models no higher than all models take it."""
    wish = told.get(Want.EFFORT)
    if wish is None or not wish.is_for_takers or wish.value not in _ABOVE:
        return told
    losses.note(f"{wish.member} above {_HIGHEST}")
    return {**told, Want.EFFORT: replace(wish, value=_HIGHEST)}


def _is_for(part: Part, provider: str) -> bool:
    return not isinstance(part, Thought) or (part.maker == provider and part.seal != "")
