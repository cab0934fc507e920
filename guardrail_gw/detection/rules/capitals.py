"""Words in capitals within a sentence that nobody else says anything about: some name of something.

Source: usage in languages that write common nouns small. Two such words in a row, or one with
capitals inside (`EliteSports`), are the name of a firm, a product or a place more often than not,
but of a person hardly ever, and whose it is they do not say. So it is told with a score far below
what a policy takes by default, for those who would rather replace too much.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import Window, capital_words

ENTITY = Entity("ORGANIZATION")
SCORE = 0.3

_CAPITAL = r"[A-Z][\w&'\u2019\u00ae-]{0,40}"
_ROW = re.compile(
    r"[A-Z](?<=[a-z,;:][ ].)[\w&'\u2019\u00ae-]{0,40}"
    rf"(?: (?:(?:of|and|the|&|for|de|du) )?{_CAPITAL}){{1,6}}"
)
_FIRST_WIDTH = 46
"""The most code points from the first capital of a row to the second word in capitals."""
_INNER = re.compile(r"[A-Z](?<=[a-z].)")
_WORD = re.compile(r"[A-Za-z][a-z]+[A-Z][A-Za-z]{1,24}(?=[ ,;!?'\u2019\")]|\.(?!\w)|$)")
_SMALL = ord("a")
_SHAPE = bytes(
    ord("A") if chr(code).isupper() else _SMALL if chr(code).islower() else 0 for code in range(256)
)
"""What kinds of letters ASCII has."""
_WIDTH = 24
"""Code points before a capital within a word in which the word begins."""


def find(text: str) -> Iterator[Finding]:
    """Yield names, 0.3."""
    for match in _rows(text):
        yield _finding(*match.span())
    for inner in _inner(text) if _has_inner(text) else ():
        start = text.rfind(" ", max(0, inner - _WIDTH), inner) + 1
        word = _WORD.match(text, start) if start else None
        if word is not None and word.end() > inner:
            yield _finding(*word.span())


def _has_inner(text: str) -> bool:
    """Whether a capital may stand within a word of the text that this is, or that it is from."""
    return type(text) is not Window or text.whole.has_inner_capital


def _inner(text: str) -> Iterator[int]:
    """Where capitals stand behind small letters."""
    if not text.isascii():
        yield from (match.start() for match in _INNER.finditer(text))
        return
    shape = text.encode().translate(_SHAPE)  # several times faster than a pattern
    at = shape.find(b"A", 1)
    while at >= 0:
        if shape[at - 1] == _SMALL:
            yield at
        at = shape.find(b"A", at + 1)


def _rows(text: str) -> Iterator[re.Match[str]]:
    """All matches of `_ROW`, each of which begins with a word in capitals."""
    done = 0
    words = capital_words(text)
    for (start, _), (behind, _) in pairwise(words):
        is_near = behind - start <= _FIRST_WIDTH
        if is_near and start >= done and (match := _ROW.match(text, start)):
            yield match
            done = match.end()


def _finding(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=SCORE, recognizer="capitals")


RULE = Rule(
    name="capitals",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(has_capital=True),
    valid=("we use Quill Direct for that", "a firm, Thornby and Sons", "made by EliteQuills."),
    invalid=("Quill Direct", "we met. Then Quill", "call fooBar()", "the end"),
)
