"""What a rule is: an entity, the function that finds it, and the examples that show it."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.text import Entity, Finding, lowered
from guardrail_gw.detection.rules.other_scripts import has_other_script
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import WORD, Whole

_DIGITS = re.compile(r"[0-9]+")
_APART = 3
"""Characters, none of them a line's end, that may stand between the digits of a run."""

REACH: Final = 64
"""Code points on either side of a run of digits within which a rule's findings lie."""

NAMED_REACH: Final = 104
"""The same for rules that find nothing but beside a word: what they look at, and the words."""

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EUROPE: Final = frozenset((*_EU.split(), "IS", "LI", "NO", "CH", "GB"))
"""The states whose identifiers are looked for in any case: EU, EEA, Switzerland, United Kingdom."""
LANGUAGES: Final = frozenset(
    (
        *("bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr"),
        *("hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv"),
    )
)
"""Those whose words the rules know: the official languages of the European Union."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must stand in a text before a rule can find anything in it.

    A text is looked through once for all rules; most texts meet few of their needs. A rule is then
    shown the neighbourhoods of what it needs, not the text, and must find in them what it would
    have found in all of it.
    """

    digits: int = 0
    """At least so many digits in one run, broken by at most three other characters at a time."""
    is_led: bool = False
    """It looks at nothing but the places where digits begin (`window.numbers`), so that a window
    would spare it nothing: it is shown the whole text."""
    marks: tuple[str, ...] = ()
    """One of these substrings, each in lower case, or one of `terms`, `phrases` or `signs`, or a
    number at the `spot`; none of all of them means any text."""
    terms: tuple[str, ...] = ()
    """Words, whole and in lower case, of which each does what a mark does, at next to no cost."""
    phrases: tuple[str, ...] = ()
    """A word, whole and in lower case, with what stands behind it, which does what a mark does and
    is looked for where the word is in the text."""
    signs: tuple[str, ...] = ()
    """Patterns of which each does what a mark does, where many marks would be needed. Each begins
    with a character, so that looking for it is a scan for that character."""
    spot: Spot | None = None
    """Surroundings of a number that do what a mark does."""
    shapes: tuple[str, ...] = ()
    """Patterns in RE2's syntax, without look-around, of which one matches wherever the rule finds
    something; they may match more. Looked for only where google-re2 is installed."""
    words: tuple[str, ...] = ()
    """One of these words, whole and in lower case, must stand within `reach`, which then covers
    what `context.near` looks at, too (`NAMED_REACH`)."""
    unbroken: int = 0
    """At least so many characters in a row, none of them white space or `@`, in which the finding
    lies; no fewer than `outline.UNBROKEN`."""
    reach: int | None = None
    """A finding, and all that decides on it but context words, lies within so many code points of
    the unbroken stretch or, without a need of one, of the run of digits or, with no need of those,
    of the mark or term. None is nothing around a stretch, `REACH` around digits, and the whole text
    around a mark."""

    has_capital: bool = False
    """A word that begins like a name, or a capital within a word, must be there."""
    is_beyond_latin: bool = False
    """A letter beyond the Latin alphabet must be there (`other_scripts`)."""

    @property
    def is_marked(self) -> bool:
        """Whether a mark, a term, a phrase, a sign or a spot is needed."""
        is_said = self.marks or self.terms or self.phrases or self.signs
        return bool(is_said or self.spot is not None)

    def met_by(self, text: str) -> bool:
        """Whether `text` may hold something for the rule."""
        said = frozenset(map(lowered, WORD.findall(text)))
        marked = any(mark in lowered(text) for mark in (*self.marks, *self.phrases)) or any(
            re.search(sign, text) for sign in self.signs
        )
        if self.spot is not None:
            marked = marked or any(self.spot[there] for _, there in Whole(text).spots)
        if self.is_marked and not marked and said.isdisjoint(self.terms):
            return False
        if self.words and said.isdisjoint(self.words):
            return False
        if self.is_beyond_latin and not has_other_script(text):
            return False
        if self.has_capital and not Whole(text).has_capital:
            return False
        if self.unbroken > max(map(len, text.replace("@", " ").split()), default=0):
            return False
        return not self.digits or any(count >= self.digits for _, _, count in runs(text))


def runs(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and number of digits of each run of them."""
    yield from runs_of(text, [match.span() for match in _DIGITS.finditer(text)])


def runs_of(text: str, digits: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The same for a text of which it is known where it has digits in a row."""
    first = last = count = 0
    for start, end in digits:
        if count and (start - last > _APART or "\n" in text[last:start]):
            yield first, last, count
            count = 0
        if not count:
            first = start
        count += end - start
        last = end
    if count:
        yield first, last, count


NOTHING: Final = Needs()
"""The rule looks at every text."""


Accept = Callable[[str, int, int], Finding | None]
"""What `text[start:end]` is, which has the shape of a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way in which an identifier is written, and what becomes of what is written so."""

    shape: str
    """As `national.identifier` describes it; it stands on its own."""
    accept: Accept
    until_digit: int | None = None
    """The most characters before the first digit, where the shape does not say so by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One detector of one or more entities in a normalised text.

    A score says how likely a match is to be what its name says, and follows from the share of
    random strings of that shape which pass the check: below 0.5 % gives 0.85 or more, around 1 %
    0.75, 2 to 5 % 0.6, about 10 % at most 0.35 unless a context word stands next to it. A bare
    run of digits whose check 2 % or more pass has at most 0.35 as well: timestamps and counters
    are such runs.
    """

    name: str
    """The recognizer's name in a finding."""
    entities: frozenset[Entity]
    find: Callable[[str], Iterable[Finding]]
    """Findings within the text, in any order; they may overlap."""
    needs: Needs = NOTHING
    """Without it `find` gives nothing, so it need not be called."""
    forms: tuple[Form, ...] = ()
    """Where there are any, `find` gives what they accept and nothing else; they are then looked for
    together with those of all other rules (`forms.py`)."""
    adds: frozenset[Entity] = frozenset()
    """Those of `entities` of which it finds only what a word or a place beside them gives away. It
    adds to what a model finds, and an operator cannot rely on it instead of one."""
    country: str | None = None
    """ISO 3166-1 alpha-2 of the state whose identifier it is; None for what exists everywhere. A
    state outside of `EUROPE` is looked for only when a policy asks for it."""
    chance: float | None = None
    """Share of random strings of the candidates' shape that pass; None without a check."""
    valid: tuple[str, ...] = ()
    """Texts in which the rule finds something."""
    invalid: tuple[str, ...] = ()
    """Texts in which it finds nothing."""

    @property
    def detects(self) -> frozenset[Entity]:
        """The entities that can be relied on with this rule."""
        return self.entities - self.adds
