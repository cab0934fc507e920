"""What a server says that looks made for a model and not for people: hidden, or giving orders.

These are heuristics, and say so: a finding has a score, and whoever wants to pass passes. What they
find is on record, and by policy refused; the texts themselves are in no finding.

Source: Unicode 17 (UAX #9 bidirectional controls, UTS #51 emoji tag sequences, UAX #44); CommonMark
(HTML comments, link reference definitions); `orders.py` for the phrases.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from guardrail_gw.core.body import pointer
from guardrail_gw.detection.normalise.blobs import SHORTEST, blobs
from guardrail_gw.detection.normalise.normalise import normalise
from guardrail_gw.mcp.control.orders import worst_order

SUSPECT: Final = 0.6
"""From this score on a text is suspect; below it a finding only counts."""
Place = tuple[str | int, ...]
LONGEST: Final = 1 << 18
"""Characters of one text that are looked through; a longer one is read at both ends."""


class Trick(StrEnum):
    """Of what kind a finding is."""

    INVISIBLE = "invisible"
    """Characters that nobody sees: zero width, tags, variation selectors in a row."""
    BIDI = "bidi"
    """Controls that show text in another order than it is read."""
    HIDDEN = "hidden"
    """Comments and elements that are not displayed."""
    ORDER = "order"
    """A phrase that gives a model orders."""
    ENCODED = "encoded"
    """Base64 or hexadecimal that decodes to such a phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Something that looks like poisoning."""

    trick: Trick
    place: str
    """JSON pointer; names that are not the protocol's own are left out of it."""
    score: float
    """Between 0 and 1: how sure it is that no honest text has it."""


NAMES: Final = frozenset(
    {
        "name",
        "title",
        "description",
        "inputSchema",
        "outputSchema",
        "annotations",
        "properties",
        "items",
        "enum",
        "default",
        "content",
        "text",
        "resource",
        "structuredContent",
        "messages",
        "instructions",
        "contents",
        "uri",
        "uriTemplate",
        "icons",
        "tools",
        "prompts",
        "resources",
        "resourceTemplates",
        "arguments",
        "$defs",
        "required",
        "message",
        "data",
    }
)


def suspicions(value: Any) -> Iterator[Suspicion]:  # noqa: ANN401 - JSON
    """Yield what is suspicious in every string of a definition or a result, and in its keys."""
    texts = [*_texts(value, ())]
    if _are_quiet([text for text, _ in texts]):
        return
    for text, place in texts:
        for trick, score in tricks(text):
            yield Suspicion(trick=trick, place=pointer(place, NAMES), score=score)


def _are_quiet(texts: Sequence[str]) -> bool:
    """Whether nothing is suspicious in any of them: most answers are so, and are looked at once.

    What a trick is made of stands in one text, and so in the whole, too; what stands between two
    texts is part of no phrase and ends whatever escape one may end with.
    """
    whole = "\n.\n".join(texts)
    if len(whole) > LONGEST or len(_LONG.findall(whole)) > _MOST_BLOBS:
        return False  # of which not all is read
    return next(tricks(whole), None) is None


def _texts(value: Any, place: Place) -> Iterator[tuple[str, Place]]:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        yield value, place
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name not in NAMES and name not in _SHORT:
                yield name, (*place, name)
            yield from _texts(each, (*place, name))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _texts(each, (*place, index))


_SHORT: Final = frozenset(
    {
        *("type", "role", "mimeType", "isError", "uri", "_meta", "jsonrpc"),
        *("result", "resultType", "error", "code", "params", "level", "logger", "progress"),
    }
)
"""Further names of the protocol, which need not be read again and again."""


def is_suspect(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether anything in it is as sure as `SUSPECT`."""
    return any(each.score >= SUSPECT for each in suspicions(value))


def tricks(text: str) -> Iterator[tuple[Trick, float]]:
    """Yield the kinds of trick in one text, each once, with its score."""
    half = LONGEST // 2
    read = text if len(text) <= LONGEST else f"{text[:half]}\n{text[-half:]}"
    for trick, score in _TRICKS.items():
        found = score(read)
        if found > 0:
            yield trick, found


_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,12}\U000e007f")
"""Flags of regions (UTS #51, ED-14a): the only use of tags that people see."""
_TAGS = re.compile("[\U000e0000-\U000e007f]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_ZERO_WIDTH = re.compile("[\u200b\u2060-\u2064\u180e\u3164\u115f\u1160\uffa0]|(?<!^)\ufeff")
_JOINED = re.compile("(?<=[\x00-\x7f])[\u200c\u200d]+(?=[\x00-\x7f])")
"""Joiners have a use between letters of some scripts and in emoji, and none within ASCII."""
_MANY: Final = 4


def _invisible(text: str) -> float:
    if text.isascii():
        return 0.0
    shown = _FLAG.sub("", text)
    if _TAGS.search(shown) or _SELECTORS.search(shown):
        return 1.0
    hidden = len(_ZERO_WIDTH.findall(shown)) + len(_JOINED.findall(shown))
    return 0.0 if not hidden else 0.9 if hidden >= _MANY else 0.4


_OVERRIDES = re.compile("[\u202d\u202e]")
_ISOLATES = re.compile("[\u202a-\u202c\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def _bidi(text: str) -> float:
    if text.isascii():
        return 0.0
    if _OVERRIDES.search(text):
        return 0.9
    if not _ISOLATES.search(text):
        return 0.0
    return 0.2 if _RIGHT_TO_LEFT.search(text) else 0.7


_COMMENT = re.compile(
    r"<!--(.{1,4000}?)-->|^\[(?://|comment)\]: ?#? ?[(\"<](.{1,2000}?)[)\">]",
    re.DOTALL | re.MULTILINE,
)
_UNDISPLAYED = re.compile(
    r"<[a-z]{1,10}\s[^<>]{0,200}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|"
    r"opacity\s*:\s*0[;\"' ]|\bhidden\b)[^<>]{0,200}>(.{1,2000}?)</",
    re.DOTALL | re.IGNORECASE,
)


def _hidden(text: str) -> float:
    if "<" not in text and "]:" not in text:
        return 0.0
    matches = [*_COMMENT.finditer(text), *_UNDISPLAYED.finditer(text)]
    words = [next(filter(None, match.groups()), "") for match in matches]
    if not words:
        return 0.0
    return max(0.3, *(max(0.9, each) for each in map(_ordered, words) if each >= SUSPECT), 0.3)


def _ordered(text: str) -> float:
    return worst_order(normalise(text).text)


_LONG = re.compile(rf"\S{{{SHORTEST},}}")
_MOST_BLOBS: Final = 64


def _encoded(text: str) -> float:
    if len(text) < SHORTEST:
        return 0.0
    stretches = [match.span() for match in _LONG.finditer(text)][:_MOST_BLOBS]
    found = (_ordered(blob.decoded) for blob in blobs(text, stretches))
    return max((0.95 for each in found if each >= SUSPECT), default=0.0)


_TRICKS: Final[Mapping[Trick, Callable[[str], float]]] = {
    Trick.INVISIBLE: _invisible,
    Trick.BIDI: _bidi,
    Trick.HIDDEN: _hidden,
    Trick.ORDER: _ordered,
    Trick.ENCODED: _encoded,
}
