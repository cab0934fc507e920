"""How long a model is to think, in the words of the models of Messages and Converse.

Sources: Anthropic API reference, "Extended thinking", "Adaptive thinking" and "Effort"; Amazon
Bedrock user guide, "Adaptive thinking", as read in 2026.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.translation.hub import Ask, Calls, Result, Thought, Want, Wish
from guardrail_gw.dialects.translation.losses import Losses

BUDGETS: Final = {"low": 1024, "medium": 8192, "high": 24576}
"""Most tokens of thoughts for an effort, as Google itself reads requests of OpenAI's dialect."""
LEAST_BUDGET: Final = 1024
_ROOM: Final = 4096
"""Tokens left to say something where the client gave no bound."""
_SPOKEN: Final = ("low", "medium", "high", "xhigh", "max")
_NEAREST: Final = {"minimal": "low", "xhigh": "high"}
"""What another maker's words are here, where not every model that thinks knows them."""
_DISTURBING: Final = ("temperature", "top_p", "top_k")


def word(budget: int) -> str:
    """The effort that comes nearest to a budget of tokens."""
    return next((effort for effort, most in BUDGETS.items() if budget <= most), "high")


def budget(ask: Ask) -> int:
    """Most tokens of thoughts: the client's own number, or that of its word."""
    if ask.most_thought is not None:
        return ask.most_thought
    effort = str(ask.wish(Want.EFFORT))
    return {"minimal": BUDGETS["low"], **BUDGETS}.get(effort, BUDGETS["high"])


def thoughtful(ask: Ask, losses: Losses) -> tuple[Ask, Mapping[str, Any]]:
    """The request as a model that thinks takes it, and the members that tell it to think.

    What models that think refuse is left out, on record; so is the wish where something that is
    asked for forbids it.

    Args:
        ask: the request; `takes` says in which words its model is told.
        losses: where what is left out is noted.
    """
    wish = ask.wishes.get(Want.EFFORT)
    if wish is None or wish.value == "none":  # these models do not think unless they are told
        return ask, {}
    said = None if _is_forbidden(ask) else _said(ask, wish, losses)
    if said is None:
        losses.drop(wish)
        return ask, {}
    for name in _DISTURBING:
        if getattr(ask, name) is not None:
            losses.note(f"{name} beside thinking")
    return ask.without_sampling(), said


def most_tokens(ask: Ask, said: Mapping[str, Any]) -> int | None:
    """The bound of an answer, with room to say something behind the thoughts."""
    thinking = said.get("thinking", {}).get("budget_tokens")
    if ask.most_tokens is not None or thinking is None:
        return ask.most_tokens
    return int(thinking) + _ROOM


def _said(ask: Ask, wish: Wish, losses: Losses) -> Mapping[str, Any] | None:
    if Takes.ADAPTIVE in ask.takes:
        return _adaptive(ask, wish)
    if Takes.BUDGET in ask.takes:
        return _budgeted(ask)
    if Takes.LEVELS in ask.takes:
        return _level(ask, wish, losses)
    return {"reasoning_effort": wish.value} if Takes.EFFORT in ask.takes else None


def _adaptive(ask: Ask, wish: Wish) -> Mapping[str, Any] | None:
    effort = wish.value if wish.is_for_takers else _NEAREST.get(wish.value, wish.value)
    if effort not in _SPOKEN:
        return None
    shown = {"display": "summarized"} if ask.shows_thoughts else {}
    return {"thinking": {"type": "adaptive", **shown}, "output_config": {"effort": effort}}


def _budgeted(ask: Ask) -> Mapping[str, Any] | None:
    """A budget must leave room in the bound, and a call that is answered have its thought."""
    tokens = budget(ask)
    if ask.most_tokens is not None:
        tokens = min(tokens, max(ask.most_tokens // 2, LEAST_BUDGET))
        if ask.most_tokens <= tokens:
            return None
    if tokens < LEAST_BUDGET or _goes_on_thoughtless(ask):
        return None
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


def _level(ask: Ask, wish: Wish, losses: Losses) -> Mapping[str, Any]:
    """Three words, of which the highest takes no bound of tokens beside it."""
    level = {"minimal": "low", "low": "low", "medium": "medium"}.get(wish.value, "high")
    if level == "high" and ask.most_tokens is not None:
        losses.note(f"{wish.member} above medium")
        level = "medium"
    return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}}


def _is_forbidden(ask: Ask) -> bool:
    """Whether what is asked for cannot be had of a model that thinks.

    A call that must be made, or a beginning that is to be gone on from.
    """
    forced = ask.needed_choice.calls in (Calls.SOME, Calls.NAMED)
    return forced or (bool(ask.turns) and ask.turns[-1].is_model)


def _goes_on_thoughtless(ask: Ask) -> bool:
    """Whether results are given of calls before which no thought stands that could go back."""
    if not ask.turns or not any(isinstance(part, Result) for part in ask.turns[-1].parts):
        return False
    model = next((turn for turn in reversed(ask.turns) if turn.is_model), None)
    return model is None or not isinstance(model.parts[0], Thought)
