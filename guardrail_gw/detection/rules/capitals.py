"""Words in capitals within a sentence that nobody else says anything about: some name of something.

Source: usage in languages that write common nouns small. Two such words in a row, or one with
capitals inside (`EliteSports`), are the name of a firm, a product or a place more often than not,
but of a person hardly ever, and whose it is they do not say. So it is told with a score far below
what a policy takes by default, for those who would rather replace too much.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Rule

ENTITY = Entity("ORGANIZATION")
SCORE = 0.3

_CAPITAL = r"[A-Z][\w&'\u2019\u00ae-]{0,40}"
_ROW = re.compile(
    r"[A-Z](?<=[a-z,;:][ ].)[\w&'\u2019\u00ae-]{0,40}"
    rf"(?: (?:(?:of|and|the|&|for|de|du) )?{_CAPITAL}){{1,6}}"
)
_INNER = re.compile(r"[A-Z](?<=[a-z].)")
_WORD = re.compile(r"[A-Za-z][a-z]+[A-Z][A-Za-z]{1,24}(?=[ ,;!?'\u2019\")]|\.(?!\w)|$)")
_WIDTH = 24
"""Code points before a capital within a word in which the word begins."""


def find(text: str) -> Iterator[Finding]:
    """Yield names, 0.3."""
    for match in _ROW.finditer(text):
        yield _finding(*match.span())
    for inner in _INNER.finditer(text):
        start = text.rfind(" ", max(0, inner.start() - _WIDTH), inner.start()) + 1
        word = _WORD.match(text, start) if start else None
        if word is not None and word.end() > inner.start():
            yield _finding(*word.span())


def _finding(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=SCORE, recognizer="capitals")


RULE = Rule(
    name="capitals",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    valid=("we use Quill Direct for that", "a firm, Thornby and Sons", "made by EliteQuills."),
    invalid=("Quill Direct", "we met. Then Quill", "call fooBar()", "the end"),
)
