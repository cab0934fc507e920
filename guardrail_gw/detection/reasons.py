"""A rule's reasons: what its score owes to the words around a match, and whether it has a check.

No rule has to account for itself. It is asked again with the words around a match blanked, with
some of them put back, and with the match's last character changed; the difference is the reason. So
every rule is explained alike, the operator's own included.
"""

import inspect
import re
import string
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from types import ModuleType
from typing import NamedTuple

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.rules.rule import Rule

_WINDOW = 160
"""Code points around a match in which a rule is asked again; more than any context reaches."""
_PHRASE = 4
"""The longest context, in words, that is looked for."""
_WORD = re.compile(r"\w+")
_RULES = "guardrail_gw.detection.rules."
_PRESIDIO = "guardrail_gw.detection.presidio"
_CHECKED = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
_PASSING = 0.25
"""A match has a check when at most this share of its neighbours passes too."""


class Reasons(NamedTuple):
    """Why a rule gave a match its score."""

    base_score: float | None
    context: tuple[str, ...]
    checked: bool


class _Match(NamedTuple):
    """A finding within a text small enough to ask about many times."""

    rule: Rule
    text: str
    start: int
    end: int
    score: float


def reasons(rule: Rule, text: str, finding: Finding) -> Reasons:
    """Why `rule` finds this in `text`."""
    match = _match(rule, text, finding)
    base, context = _context(match)
    return Reasons(base, context, _is_checked(match))


def described(rule: Rule) -> tuple[str, str]:
    """What a rule is for and where its facts come from, as its module says."""
    if rule.find.__module__ == _PRESIDIO:
        return f"Presidio's {rule.name}", f"presidio-analyzer {version('presidio-analyzer')}"
    module = next(_homes(rule), None) or sys.modules.get(rule.find.__module__)
    paragraphs = inspect.cleandoc((module and module.__doc__) or rule.name).split("\n\n")
    sources = (p for p in paragraphs if p.startswith("Source"))
    source = " ".join(next(sources, "").partition(":")[2].split())
    return " ".join(paragraphs[0].split()).rstrip("."), source.partition(". ")[0].rstrip(".")


def _homes(rule: Rule) -> Iterator[ModuleType]:
    """The modules that a rule may have been written in, the likeliest first."""
    written = {
        name: module for name, module in list(sys.modules.items()) if name.startswith(_RULES)
    }
    for module in written.values():
        if any(value is rule for value in vars(module).values()):
            yield module
    for name, module in written.items():
        if name.rpartition(".")[2] == rule.name:
            yield module


def _match(rule: Rule, text: str, finding: Finding) -> _Match:
    """The match in a window around it, or in the whole text where the window is not enough."""
    begin = max(0, finding.start - _WINDOW)
    piece = text[begin : finding.end + _WINDOW]
    start, end = finding.start - begin, finding.end - begin
    if _score(rule, piece, start, end) == finding.score:
        return _Match(rule, piece, start, end, finding.score)
    return _Match(rule, text, finding.start, finding.end, finding.score)


def _score(rule: Rule, text: str, start: int, end: int) -> float | None:
    """What the rule says of this span; None when it says nothing."""
    return max((f.score for f in rule.find(text) if (f.start, f.end) == (start, end)), default=None)


def _context(match: _Match) -> tuple[float | None, tuple[str, ...]]:
    """The score without words around, and the fewest words that alone change it."""
    words = list(_words_around(match))
    base = _score_with(match, words, kept=())
    if base == match.score:
        return base, ()
    middle = (match.start + match.end) / 2
    for length in range(1, _PHRASE + 1):
        runs = [words[i : i + length] for i in range(len(words) - length + 1)]
        for run in sorted(runs, key=lambda run: abs(run[0][0] - middle)):
            if _score_with(match, words, kept=run) != base:
                return base, tuple(match.text[start:end] for start, end in run)
    return base, ()


def _words_around(match: _Match) -> Iterator[tuple[int, int]]:
    """Each word that neither lies in the match nor touches it."""
    for word in _WORD.finditer(match.text):
        if word.end() < match.start or word.start() > match.end:
            yield word.span()


def _score_with(
    match: _Match, words: Sequence[tuple[int, int]], kept: Sequence[tuple[int, int]]
) -> float | None:
    """The score when of these words only some are left."""
    text = list(match.text)
    for start, end in words:
        if (start, end) not in kept:
            text[start:end] = " " * (end - start)
    return _score(match.rule, "".join(text), match.start, match.end)


def _is_checked(match: _Match) -> bool:
    """Whether a match with another last character would not do as well."""
    last = match.end - 1
    alphabet = next((each for each in _CHECKED if match.text[last] in each), "")
    others = [each for each in alphabet if each != match.text[last]]
    passing = 0
    for other in others:
        text = f"{match.text[:last]}{other}{match.text[last + 1 :]}"
        score = _score(match.rule, text, match.start, match.end)
        passing += score is not None and score >= match.score
    return bool(others) and passing <= _PASSING * len(others)
