"""Why something was found: what each rule and the model said, and what became of it.

Nothing here runs on the way of a request: what a rule finds is asked of it once more
(`reasons.py`), in the text as it stands and in its second readings.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.hidden import Reading, readings
from guardrail_gw.detection.merge import DOUBTFUL, NER
from guardrail_gw.detection.normalise import Normalised, normalise
from guardrail_gw.detection.reasons import Reasons, described, reasons
from guardrail_gw.detection.regions import Region, in_code
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.detection.rules.window import Whole
from guardrail_gw.detection.scanned import code_in
from guardrail_gw.detection.shown import shown
from guardrail_gw.detection.whole import scan

_IN_CODE = "left out: it rests on how a text looks, which says nothing in source code"
_PLACE = "left out: an overlap decided otherwise, or it lies in a placeholder"

_DOUBT = "named-entity recognition, leaning further to names than it does by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one rule or the model said, before anything was merged."""

    finding: Finding
    """In code points of the original text."""
    about: str
    """What the rule is for."""
    source: str
    """Where its facts come from."""
    base_score: float | None
    """Its score without the words around it; None: without them it is no match."""
    context: tuple[str, ...] = field(default=(), repr=False)
    """The words beside it that made the difference, as they stand in the text."""
    checked: bool = False
    """It ends in a check character that is right: its neighbours are refused."""
    hidden: bool = False
    """The rule was shown another reading of the text: joined, spelt out or decoded."""
    country: str | None = None
    """Whose identifier it is, ISO 3166-1 alpha-2; None for what exists everywhere."""
    became: str
    """What was made of it, or why it was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything said about one text, and the findings that remain."""

    said: tuple[Said, ...]
    findings: tuple[Finding, ...]
    """What a gateway's detectors give."""
    rewritten: bool
    """Detectors read a copy that differs from the text: something in it was disguised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """A text as detectors read it, and what is known of the way from a finding to the result."""

    copy: Normalised
    code: Sequence[Region]
    countries: frozenset[str]
    findings: Sequence[Finding]

    def became(self, finding: Finding) -> str:
        """What was made of a finding in the copy."""
        if not list(in_code([finding], self.code)):
            return _IN_CODE
        return became(self.copy.original(finding), self.findings)


def account(
    engine: Engine,
    text: str,
    *,
    kind: SegmentKind = SegmentKind.PROSE,
    countries: frozenset[str] = frozenset(),
) -> Account:
    """Say what was found in `text`, by what, and why.

    Args:
        engine: what a gateway's detectors run.
        text: all of it; texts before and behind it in a request are not known here.
        kind: how it is scanned.
        countries: see `core.ports.Detector`.
    """
    copy = normalise(text)
    heard = _Heard(
        copy=copy,
        code=code_in(copy.text, kind),
        countries=countries,
        findings=scan(engine, [text], kind, countries)[0],
    )
    said = [*_by_rules(engine, heard), *_by_model(engine, heard, kind)]
    said += _repeated(heard.findings, said)
    distinct = dict.fromkeys(said)  # a rule may find the same in two ways
    return Account(
        said=tuple(sorted(distinct, key=lambda each: (each.finding.start, each.finding.end))),
        findings=tuple(heard.findings),
        rewritten=copy.text != text,
    )


def became(finding: Finding, merged: Sequence[Finding]) -> str:
    """What merging made of a finding."""
    over = [m for m in merged if m.start < finding.end and finding.start < m.end]
    if not over:
        return _PLACE
    best = next((m for m in over if _same_voice(m, finding)), None)
    if best is None and (over[0].start, over[0].recognizer) == (finding.start, DOUBTFUL):
        return "doubtful: small letters where its writer begins words with capitals"
    if best is None:
        return f"part of {over[0].entity}, which {over[0].recognizer} says"
    if (best.start, best.end) == (finding.start, finding.end):
        return "kept"
    return "names a longer span"


def _by_rules(engine: Engine, heard: _Heard) -> Iterator[Said]:
    """What every rule says, those of states that are not asked for included."""
    asked = engine.rules(heard.countries)
    others = list(readings(Whole(heard.copy.text)))
    for rule in engine.rules():
        said = chain(_plain(heard, rule), _hidden(heard, rule, others))
        yield from said if rule in asked else map(_unasked, said)


def _plain(heard: _Heard, rule: Rule) -> Iterator[Said]:
    for found in rule.find(heard.copy.text):
        yield _said(heard, rule, found, reasons(rule, heard.copy.text, found))


def _hidden(heard: _Heard, rule: Rule, others: Iterable[Reading]) -> Iterator[Said]:
    for reading in others:
        for found in rule.find(reading.text):
            for seen in reading.counted([found]):
                why = reasons(rule, reading.text, found)
                yield replace(_said(heard, rule, seen, why), hidden=True)


def _said(heard: _Heard, rule: Rule, found: Finding, why: Reasons) -> Said:
    about, source = described(rule)
    return Said(
        finding=heard.copy.original(found),
        about=about,
        source=source,
        base_score=why.base_score,
        context=why.context,
        checked=why.checked,
        country=rule.country,
        became=heard.became(found),
    )


def _unasked(said: Said) -> Said:
    became = f"left out: identifiers of {said.country} are looked for where a policy lists it only"
    return replace(said, became=became)


def _by_model(engine: Engine, heard: _Heard, kind: SegmentKind) -> Iterator[Said]:
    read = shown(heard.copy.text, heard.code)
    if engine.names is None or kind is SegmentKind.KEY or not read.strip():
        return
    for found in engine.names.find([read])[0]:
        about = _DOUBT if found.recognizer == DOUBTFUL else "named-entity recognition"
        yield _named(heard.copy.original(found), about, heard.became(found))


def _repeated(findings: Iterable[Finding], said: Sequence[Said]) -> Iterator[Said]:
    """The names that nobody saw where they stand: the text repeats them."""
    for finding in findings:
        seen = (s.finding for s in said)
        if finding.recognizer == NER and not any(_touch(finding, each) for each in seen):
            yield _named(finding, "a name that was found elsewhere in the text", "kept")


def _named(finding: Finding, about: str, became: str) -> Said:
    return Said(
        finding=finding,
        about=about,
        source="the language model; a label has one score",
        base_score=finding.score,
        became=became,
    )


def _touch(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


def _same_voice(one: Finding, other: Finding) -> bool:
    return (one.entity, one.score, one.recognizer) == (other.entity, other.score, other.recognizer)
