"""Overlapping findings become one, so that replacing them never cuts a value in two.

The union counts: keeping only the best of two overlapping spans would leave the rest of the other
in the text. Placeholders that stand in a text are opaque: they are never found and never cut.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter, itemgetter

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection import small_letters
from guardrail_gw.detection.evidence import settled
from guardrail_gw.detection.pieces_of_addresses import joined
from guardrail_gw.detection.repeats import IN_PARTS, Repeats
from guardrail_gw.detection.rules.lists import places
from guardrail_gw.detection.towns_by_place import towns_by_place

NER = "ner"
"""The recognizer's name of everything that named-entity recognition finds."""
DOUBTFUL = "ner-doubtful"
"""The name of what it would find if it leaned to names more; counts where nobody else finds
anything."""
DOUBTFUL_SCORE = 0.3
"""Below what a policy takes where it says nothing else: for those who would rather replace too
much. Half of it is no name (docs/detection.md)."""
DOUBTS = frozenset({DOUBTFUL, "capitals", "host_name"})
"""Who finds what counts only so."""
ADDRESS = "address"
"""The name of the rule that tells parts of an address apart."""
_BY_PLACE = frozenset({ADDRESS, NER})
"""Who takes a word for a town because it stands behind a street."""
_TOWN = Entity("LOCATION")
_TELLING_APART = frozenset({ADDRESS, "people"})
"""Rules at whose findings' borders a model's longer one is cut."""
TRUSTED = 0.4
"""From this score on a rule names a cluster, whatever a statistical model calls it: a telephone
number that the model takes for a date is a telephone number."""

_PLACEHOLDER = re.compile(
    r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]{0,79}_(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[0-9A-HJKMNP-TV-Z]{8}"
    r"(?![A-Za-z0-9_])"
)
"""No more than what `redaction.placeholder` takes for one, so that what is passed over here is
looked at there."""
BY_CAPITALS = frozenset({"organization", "person"})
"""Rules that tell where a name ends by capital letters alone."""
_CUT = BY_CAPITALS | {NER}
"""Who may reach too far."""
LISTED = frozenset({"listed_person", "listed_place"})
"""Rules that know a name from a list: whatever is found around it knows more."""
_NAMES = frozenset({NER, "listed_person"})
"""Names that are joined."""
_AGAIN = _NAMES | {
    "person",
    "people",
    "speaker",
    "introduced",
    "care_of",
    "cyrillic_person",
    "greek_person",
}
"""Names that are looked for again."""
WHOSE = frozenset(map(Entity, ("PERSON", "ORGANIZATION")))
"""Names of whom an address is, and no parts of it."""
_TAKEN_APART = LISTED | _CUT | _NAMES | _AGAIN | _TELLING_APART
"""Who finds names and parts of addresses,"""
_BEGINS_ADDRESS = frozenset({Entity("ADDRESS")})
_PARTS = _BEGINS_ADDRESS | {_TOWN}
"""and what others find of the latter."""
_URL = "url"
_BETWEEN = frozenset({"and", "or", "of", "und", "oder", "von", "et", "ou", "de", "y", "e", "en"})
_SEVERAL = 2
_place: Callable[[Finding], tuple[int, int]] = attrgetter("start", "end")
_LONGEST = 400
"""Code points of a finding that can reach into another from before."""
_ESCAPED = re.compile(r"(?:%[0-9A-Fa-f]{2}[^\s<>\"'`{}|\\^%]{0,200})+")
_NAME_GAP = re.compile(r"[ \u00a0-]?")
_INITIALS = re.compile(
    r"(?:(?<=\b[A-Z\u00c0-\u00de])\.)?[ \u00a0-]?(?:[A-Z\u00c0-\u00de]\.?[ \u00a0-]){0,3}"
)
"""What may stand between the parts of a person's name: `John F. Kennedy`, `J. Smith`."""


def warm(*, model: bool) -> None:
    """Read the lists that names are looked up in: away from an event loop that will merge.

    Args:
        model: whether findings of a model are among what is merged.
    """
    places()
    if model:
        small_letters.warm()


def merge(
    text: str,
    findings: Iterable[Finding],
    capitals: Sequence[tuple[int, str]] | None = None,
) -> list[Finding]:
    """Return the findings of `text` sorted and without overlap.

    Overlapping ones become their union, named and scored by the best of them. Neighbouring names
    of one entity become one; two telephone numbers side by side stay two. What a model takes for
    one over several parts of an address adds only what no part covers. A name that stands again
    elsewhere in the text is found there as well. What is doubtful stands where nothing else does.

    Args:
        text: what was scanned.
        findings: in any order; they may overlap.
        capitals: see `Repeats`.
    """
    opaque = placeholders(text)
    whole = [
        _with_escapes(text, finding) if finding.recognizer == _URL else finding
        for finding in findings
    ]
    sure, doubtful = _graded(_less_sure(text, list(_outside(whole, opaque)) if opaque else whole))
    found = _united(text, sure, opaque, capitals) if sure else []
    return _with_doubtful(text, found, doubtful) if doubtful else found


def _united(
    text: str,
    sure: Sequence[Finding],
    opaque: Sequence[tuple[int, int]],
    capitals: Sequence[tuple[int, str]] | None,
) -> list[Finding]:
    """What is sure, without overlap, and where its names stand again."""
    who = {finding.recognizer for finding in sure}
    if who.isdisjoint(_TAKEN_APART) and not _has_one_of(_PARTS, sure):
        return _clusters(sure)  # neither names nor parts of addresses
    modest = sure if who.isdisjoint(LISTED) else _modest(sure)
    apart = modest if who.isdisjoint(_CUT) else _told_apart(text, modest)
    found = _whole_names(text, _clusters(apart))
    if NER in who:
        found = _doubted(text, found)
    again = Repeats(text, capitals)
    while more := _repeated(again, found, opaque):
        found = _whole_names(text, sorted([*found, *more], key=_place))
    return list(joined(text, found, ADDRESS)) if _has_one_of(_BEGINS_ADDRESS, found) else found


def _has_one_of(entities: frozenset[Entity], findings: Iterable[Finding]) -> bool:
    return not entities.isdisjoint([finding.entity for finding in findings])


def _with_escapes(text: str, finding: Finding) -> Finding:
    """An internet address with what its copy does not show: `/my%20file` reads `/my file` there."""
    if text[finding.end : finding.end + 1] != "%":
        return finding
    rest = _ESCAPED.match(text, finding.end)
    return replace(finding, end=rest.end()) if rest else finding


def _graded(findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """What is sure, and what is doubtful."""
    sure: list[Finding] = []
    doubtful: list[Finding] = []
    for finding in findings:
        (doubtful if finding.recognizer in DOUBTS else sure).append(finding)
    return sure, doubtful


def _less_sure(text: str, findings: Sequence[Finding]) -> Sequence[Finding]:
    """The findings; towns that only their place tells are doubtful in a misread text."""
    towns = towns_by_place(text, [each for each in findings if each.recognizer == ADDRESS])
    if not towns:
        return findings
    return [
        replace(each, score=DOUBTFUL_SCORE, recognizer=DOUBTFUL)
        if each.recognizer in _BY_PLACE and each.entity == _TOWN and _touched(each, towns)
        else each
        for each in findings
    ]


def _with_doubtful(text: str, found: list[Finding], doubtful: Sequence[Finding]) -> list[Finding]:
    """All findings, doubtful ones where nothing else was found."""
    places = [_place(finding) for finding in found]
    alone = _clusters(finding for finding in doubtful if not _touched(finding, places))
    return sorted([*found, *settled(text, alone, found)], key=_place) if alone else found


def _doubted(text: str, found: Iterable[Finding]) -> list[Finding]:
    """The findings; what the model alone finds and hardly anybody would write so is doubtful."""
    return [
        replace(finding, score=DOUBTFUL_SCORE, recognizer=DOUBTFUL)
        if finding.recognizer == NER and small_letters.is_unlikely(text, finding)
        else finding
        for finding in found
    ]


def _modest(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The findings without those from lists that are a part of what others found."""
    others = sorted(_place(finding) for finding in findings if finding.recognizer not in LISTED)
    if not others or len(others) == len(findings):
        return findings
    return [
        finding
        for finding in findings
        if finding.recognizer not in LISTED
        or all(
            finding.start <= start and end <= finding.end
            for start, end in _touched(finding, others)
        )
    ]


def _told_apart(text: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, cut where others that they only touch by reaching too far tell parts apart.

    A model's finding is cut at the borders of two or more parts of an address or people of a list,
    or of one if it is whose address it is, and what a rule takes for a name by the capitals in it
    at those of two or more findings of others.
    """
    parts = sorted(_place(finding) for finding in findings if finding.recognizer in _TELLING_APART)
    others = sorted(
        _place(finding) for finding in findings if finding.recognizer not in BY_CAPITALS
    )
    for finding in findings:
        known = parts if finding.recognizer == NER else others
        inside = _touched(finding, known) if finding.recognizer in _CUT else []
        if len(inside) < _fewest(finding):
            yield finding
            continue
        for rest in _outside([finding], inside):
            if _says_something(text[rest.start : rest.end]):
                yield _trimmed(text, rest)


def _says_something(rest: str) -> bool:
    """Whether what is left of a finding is more than signs or the word between two names."""
    return any(map(str.isalnum, rest)) and rest.strip(" ,;&") not in _BETWEEN


def _fewest(finding: Finding) -> int:
    """How many others a finding must touch before it is cut at their borders."""
    is_whose = finding.recognizer == NER and finding.entity in WHOSE
    return 1 if is_whose else _SEVERAL


def _trimmed(text: str, finding: Finding) -> Finding:
    """The finding without blanks and signs at its ends, which has a letter or digit in it."""
    start, end = finding.start, finding.end
    while not text[start].isalnum():
        start += 1
    while not text[end - 1].isalnum():
        end -= 1
    return replace(finding, start=start, end=end)


def _touched(finding: Finding, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of `places`, by start, that overlap `finding`."""
    last = bisect_left(places, finding.end, key=itemgetter(0))
    first = bisect_left(places, finding.start - _LONGEST, key=itemgetter(0))
    return [place for place in places[first:last] if place[1] > finding.start]


def _repeated(
    again: Repeats, found: Sequence[Finding], opaque: Sequence[tuple[int, int]]
) -> list[Finding]:
    names = [finding for finding in found if finding.recognizer in _AGAIN]
    return again.of(names, sorted([*map(_place, found), *opaque])) if names else []


def _clusters(findings: Iterable[Finding]) -> list[Finding]:
    """Overlapping findings as their union."""
    clusters: list[Finding] = []
    for finding in sorted(findings, key=_place):
        if clusters and finding.start < clusters[-1].end:
            clusters[-1] = _union(clusters[-1], finding)
        else:
            clusters.append(finding)
    return clusters


def placeholders(text: str) -> list[tuple[int, int]]:
    """Where placeholders, or what looks like one, stand: `PERSON_7K2QX9MD`."""
    if "_" not in text:
        return []
    return [match.span() for match in _PLACEHOLDER.finditer(text)]


def _whole_names(text: str, clusters: Iterable[Finding]) -> list[Finding]:
    """Join the parts of one name; only once overlaps are gone is it known what each cluster is."""
    joined: list[Finding] = []
    for cluster in clusters:
        if joined and _are_one_name(text, joined[-1], cluster):
            joined[-1] = _union(joined[-1], cluster)
        else:
            joined.append(cluster)
    return joined


def _are_one_name(text: str, left: Finding, right: Finding) -> bool:
    gap = _INITIALS if left.entity == IN_PARTS else _NAME_GAP
    return (
        _NAMES.issuperset({left.recognizer, right.recognizer})
        and left.entity == right.entity
        and gap.fullmatch(text, left.end, right.start) is not None
    )


def _union(left: Finding, right: Finding) -> Finding:
    best = max(left, right, key=_rank)
    return Finding(
        start=min(left.start, right.start),
        end=max(left.end, right.end),
        entity=best.entity,
        score=best.score,
        recognizer=best.recognizer,
        part=left.part and right.part,
    )


def _rank(finding: Finding) -> tuple[bool, float, str]:
    return finding.recognizer != NER and finding.score >= TRUSTED, finding.score, finding.entity


def _outside(findings: Iterable[Finding], opaque: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """The parts of `findings` that are not within a placeholder."""
    for finding in findings:
        start = finding.start
        for begins, ends in opaque:
            if ends <= start or begins >= finding.end:
                continue
            yield from _part(finding, start, begins)
            start = ends
        yield from _part(finding, start, finding.end)


def _part(finding: Finding, start: int, end: int) -> Iterator[Finding]:
    if start < end:
        yield Finding(
            start=start,
            end=end,
            entity=finding.entity,
            score=finding.score,
            recognizer=finding.recognizer,
            part=finding.part,
        )
