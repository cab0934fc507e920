"""Named-entity recognition for tests: a pattern in the place of a model."""

import re
from collections.abc import Sequence

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import NER

ANNA = "Anna"
CAPITALISED_PAIR = r"[A-Z][a-z]+ [A-Z]\w+"


class NamesByPattern:
    """Names that takes whatever a pattern matches for a person.

    Args:
        pattern: in Python's syntax.
        languages: those it says that it was made for.
    """

    entities = frozenset({Entity("PERSON")})

    def __init__(self, pattern: str, *, languages: frozenset[str] | None = None) -> None:
        self._pattern = re.compile(pattern)
        self.languages = languages
        self.asked: list[str] = []

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        self.asked.extend(texts)
        return [self._in(text) for text in texts]

    def _in(self, text: str) -> list[Finding]:
        return [
            Finding(
                start=match.start(),
                end=match.end(),
                entity=Entity("PERSON"),
                score=0.85,
                recognizer=NER,
            )
            for match in self._pattern.finditer(text)
        ]
