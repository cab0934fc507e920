"""`generationConfig`, read into the hub: how an answer is made, and of what form it is.

Source: Gemini API reference, "GenerationConfig" and "ThinkingConfig", as read in 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.dialects.translation.answer_schema import closed
from guardrail_gw.dialects.translation.gemini_generate.members import members, whole
from guardrail_gw.dialects.translation.gemini_generate.schema import json_schema
from guardrail_gw.dialects.translation.hub import Schema, Want, Wish
from guardrail_gw.dialects.translation.losses import (
    Losses,
    Untranslatable,
    entries,
    flag,
    number,
    text,
    texts,
    typed,
    wishes,
)
from guardrail_gw.dialects.translation.thinking import word

WHERE: Final = "generationConfig."
KNOWN: Final = frozenset(
    {"maxOutputTokens", "temperature", "topP", "topK", "stopSequences", "seed", "candidateCount"}
    | {"presencePenalty", "frequencyPenalty", "responseMimeType", "responseSchema"}
    | {"responseJsonSchema", "responseModalities", "thinkingConfig", "logprobs"}
    | {"responseLogprobs"}
)
DROPPED: Final = frozenset({"mediaResolution", "audioTimestamp", "enableEnhancedCivicAnswers"})
REFUSED: Final = frozenset(
    {"speechConfig", "imageConfig", "routingConfig", "modelSelectionConfig", "responseFormat"}
    | {"audioTranscriptionConfig", "translationConfig", "generationOutputConfig"}
)

_TEXT, _JSON = "text/plain", "application/json"
_PENALTIES: Final = {
    "presencePenalty": Want.PRESENCE_PENALTY,
    "frequencyPenalty": Want.FREQUENCY_PENALTY,
}
_LEVELS: Final = ("minimal", "low", "medium", "high", "xhigh")
_UNSAID: Final = ("THINKING_LEVEL_UNSPECIFIED", "")
_DYNAMIC: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What of a request is in `generationConfig`."""

    output: Schema | None
    most_tokens: int | None
    most_thought: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    stop: tuple[str, ...] = field(repr=False)
    wishes: Mapping[Want, Wish]
    shows_thoughts: bool


def settings(value: Any, losses: Losses) -> Settings:  # noqa: ANN401 - JSON
    """Read them.

    Raises:
        Untranslatable: they ask for what only this dialect has.
    """
    said = members(value, WHERE, KNOWN, DROPPED, REFUSED, losses)
    _as_everywhere(said)
    thinking = _thinking(said.get("thinkingConfig", {}), losses)
    thoughts = _thoughts(thinking)
    schema, any_json = _output(said)
    return Settings(
        output=schema,
        most_tokens=whole(said, "maxOutputTokens", WHERE),
        most_thought=_budget(thinking),
        temperature=number(said, "temperature"),
        top_p=number(said, "topP"),
        top_k=whole(said, "topK", WHERE),
        stop=texts(entries(said, "stopSequences"), WHERE + "stopSequences"),
        wishes={**_wishes(said), **any_json, **_effort(thinking, losses), **thoughts},
        shows_thoughts=bool(thoughts),
    )


def _as_everywhere(said: Mapping[str, Any]) -> None:
    """Members with which one can ask for what no other dialect gives."""
    if whole(said, "candidateCount", WHERE) not in (None, 1):
        raise Untranslatable(WHERE + "candidateCount")
    if [str(each).upper() for each in entries(said, "responseModalities")] not in ([], ["TEXT"]):
        raise Untranslatable(WHERE + "responseModalities")


def _wishes(said: Mapping[str, Any]) -> dict[Want, Wish]:
    made = wishes(said, _PENALTIES, WHERE)
    if (seed := whole(said, "seed", WHERE)) is not None:
        made[Want.SEED] = Wish(member=WHERE + "seed", value=seed)
    if flag(said, "responseLogprobs"):
        others = whole(said, "logprobs", WHERE) or 0
        member = WHERE + "responseLogprobs"
        made[Want.LOGPROBS] = Wish(member=member, value=others, is_needed=True)
    return made


def _output(said: Mapping[str, Any]) -> tuple[Schema | None, dict[Want, Wish]]:
    """What form the answer's text has: a schema's, any JSON, or none that is said."""
    member, kind = WHERE + "responseMimeType", text(said, "responseMimeType") or ""
    schema, named = said.get("responseJsonSchema"), WHERE + "responseJsonSchema"
    if schema is None and "responseSchema" in said:
        named = WHERE + "responseSchema"
        schema = closed(json_schema(said["responseSchema"], WHERE + "responseSchema"))
    if kind not in ("", _TEXT, _JSON) or (kind == _TEXT and schema is not None):
        raise Untranslatable(member)
    if schema is None:
        return None, {Want.ANY_JSON: Wish(member=member, value=True, is_needed=True)} if (
            kind == _JSON
        ) else {}
    form = typed(schema, dict, named)
    return Schema(name="answer", schema=form, strict=None, member=named), {}


def _thinking(value: Any, losses: Losses) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    known = {"includeThoughts", "thinkingBudget", "thinkingLevel"}
    return members(value, WHERE + "thinkingConfig.", known, (), (), losses)


def _thoughts(thinking: Mapping[str, Any]) -> Mapping[Want, Wish]:
    if flag(thinking, "includeThoughts") is not True:
        return {}
    member = WHERE + "thinkingConfig.includeThoughts"
    return {Want.THOUGHTS: Wish(member=member, value=True)}


def _effort(thinking: Mapping[str, Any], losses: Losses) -> dict[Want, Wish]:
    """How long the model thinks; not at all is what some models cannot, and refuse."""
    where = WHERE + "thinkingConfig."
    level = text(thinking, "thinkingLevel", where + "thinkingLevel") or ""
    budget = whole(thinking, "thinkingBudget", where)
    if level not in _UNSAID:
        if level.lower() not in _LEVELS:
            raise Untranslatable(where + "thinkingLevel")
        return {Want.EFFORT: Wish(member=where + "thinkingLevel", value=level.lower())}
    if budget is None or budget <= _DYNAMIC:
        return {}
    if budget == 0:
        losses.note(where + "thinkingBudget")
        return {}
    return {Want.EFFORT: Wish(member=where + "thinkingBudget", value=word(budget))}


def _budget(thinking: Mapping[str, Any]) -> int | None:
    """A budget that is a number, if that is how it is said."""
    where = WHERE + "thinkingConfig."
    tokens = whole(thinking, "thinkingBudget", where)
    return tokens if tokens is not None and tokens > 0 else None
