"""Marks of what is to be cached: read from a block, told behind one, or left out.

OpenAI and Google cache prompts by themselves, so requests to them lose nothing but the mark.

Sources: Anthropic API reference, "Prompt caching"; OpenAI API reference, "Create chat completion";
Amazon Bedrock user guide, "Prompt caching", as read in 2026.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from guardrail_gw.dialects.translation.hub import Ask, CacheMark, Part
from guardrail_gw.dialects.translation.losses import Losses, typed

NAMES: Final = ("cache_control", "prompt_cache_breakpoint")
"""What dialects call a mark; providers of one OpenAI dialect take the other's word, too."""
_LONG: Final = ("30m", "1h", "12h")


def mark(block: Mapping[str, Any], where: str) -> CacheMark | None:
    """The mark of a block, if it has one.

    Args:
        block: the block.
        where: its place, as a prefix of its members' names: `messages[].content[].`.

    Raises:
        Untranslatable: it is no object.
    """
    for name in NAMES:
        if block.get(name) is not None:
            said = typed(block[name], dict, where + name)
            return CacheMark(member=where + name, is_long=said.get("ttl") in _LONG)
    return None


def marked(part: Part, block: Mapping[str, Any], where: str) -> Iterator[Part]:
    """A part, and the mark that its block has."""
    yield part
    found = mark(block, where)
    if found is not None:
        yield found


def unmarked(ask: Ask, losses: Losses) -> Ask:
    """The request without marks, each of them noted."""
    turns = tuple(replace(turn, parts=_plain(turn.parts, losses)) for turn in ask.turns)
    tools = tuple(tool if tool.mark is None else replace(tool, mark=None) for tool in ask.tools)
    for each in (*(tool.mark for tool in ask.tools), *ask.system_marks.values()):
        if each is not None:
            losses.note(each.member)
    return replace(ask, turns=turns, tools=tools, system_marks={})


def _plain(parts: tuple[Part, ...], losses: Losses) -> tuple[Part, ...]:
    for part in parts:
        if isinstance(part, CacheMark):
            losses.note(part.member)
    return tuple(part for part in parts if not isinstance(part, CacheMark))
