"""What else speaks for a doubtful finding: what stands beside it, and what is sure elsewhere.

The network takes some words for names only when it leans to them. Alone that is worth little: on
the training corpora one in ten is a name. Some company makes such a word a name as surely as one
that was found at once: a verb of what only people do, "by" and "with" before a capital word, the
same word as a sure name elsewhere in the text. Lists of names do not: of the doubtful words that
are a forename or a surname in a list, two in three are nothing of the kind.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from guardrail_gw.core.text import Entity, Finding

SCORE = 0.55
"""Of what was doubtful and is not: as sure as a name from a list."""
_PERSON = Entity("PERSON")
_DEED = re.compile(
    r" (?:lives|lived|told|asked|asks|thinks|thought|wants|wanted|loves|loved|hates|hated|likes|"
    r"liked|knows|knew|began|begins|married|marries|writes|wrote|visited|feels|felt|believes|"
    r"believed|remembers|remembered|forgot|hopes|hoped|hesitated|slept|sleeps|eats|ate|drinks|"
    r"drank|who|himself|herself|wohnt|lebt|glaubt|denkt|fragte|sagte|habite|vit|pense|aime|vive|"
    r"piensa|quiere|abita|pensa|ama|woont|denkt|locuiește|crede|bydlí|mieszka|bor)(?!\w)"
)
"""What people do, and firms and places hardly ever."""
_BESIDE = re.compile(r"(?<!\w)(?:by|with) \Z")
_WIDTH = 6


def settled(text: str, doubtful: Iterable[Finding], sure: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the doubtful findings; those that something speaks for are sure.

    Args:
        text: what was scanned.
        doubtful: in any order.
        sure: what else was found; a name there is one everywhere in the text.
    """
    named = {text[each.start : each.end]: each for each in sure if each.entity == _PERSON}
    for finding in doubtful:
        if known := _known(text, finding, named):
            yield replace(finding, entity=known.entity, score=known.score)
        elif _is_person(text, finding):
            yield replace(finding, score=SCORE)
        else:
            yield finding


def _known(text: str, finding: Finding, named: Mapping[str, Finding]) -> Finding | None:
    return named.get(text[finding.start : finding.end])


def _is_person(text: str, finding: Finding) -> bool:
    """Whether what the network half takes for a person does what persons do."""
    if finding.entity != _PERSON or not text[finding.start].isupper():
        return False
    return (
        _DEED.match(text, finding.end) is not None
        or _BESIDE.search(text, max(0, finding.start - _WIDTH), finding.start) is not None
    )
