"""Without our own rules, the engine finds what stock Presidio finds, but for a list of differences.

Stock Presidio is the oracle: same recognizers, same spaCy pipeline, same texts. What differs is
written down here step by step (`DIFFERENCES`); each step is applied to the oracle's answer and the
rest must be equal, so a difference that nobody listed fails.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random  # noqa: TID251 - a seeded one is meant

import pytest
from presidio_analyzer import predefined_recognizers

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection import presidio
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.hidden import hidden
from guardrail_gw.detection.labels import entity_of, trimmed
from guardrail_gw.detection.merge import DOUBTFUL, NER, merge
from guardrail_gw.detection.ner import SCORES, SpacyNames
from guardrail_gw.detection.normalise import normalise
from guardrail_gw.detection.rules.window import Whole
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.detection.shown import shown
from tests.support.corpus import values
from tests.support.corpus.identifiers import KNOWN, filled, numbers
from tests.support.corpus.sentences import LANGUAGES
from tests.support.gold import marked, sets
from tests.support.shared import needs_shared
from tests.support.stock import Scored, Stock

DIFFERENCES = {
    "normalised": "detectors read a copy without disguises; spans are mapped back to the original",
    "hidden": "values that are spaced out, spelt or encoded are read a second time, by rules only",
    "shown": "the model is shown JSON without keys and identifiers, and names of files as words",
    "trimmed": "quotes, brackets and a possessive ending are no part of a name",
    "bare": "a bare number is no age: what stands around it decides, which our own rule reads",
    "repeated": "a name that was found once is found wherever the text repeats it",
    "joined": "parts of one name that stand side by side are one name",
    "union": "overlapping findings become one: replacing them must not cut a value in two",
    "renamed": "of findings in one place the likeliest names it; stock reports each",
    "opaque": "a placeholder of ours is not looked into",
    "doubtful": "what the model would take for a name if it leaned further is told at 0.3, apart",
    "small letters": "so is what it takes for one in small letters, among words with capitals",
}
"""Every way in which our answer differs from stock's, and why. Four more are not steps: texts
above 4,000 characters are read by the model in pieces, so they are left out; source code is scanned
like prose here (`SegmentKind.EVERYTHING`); places and firms of misread texts are not doubted here
(`ner.STERN`); scores differ by context (whole words, in a window of
characters) and by chance (`presidio.CHANCE`)."""

NAMES = (
    "CreditCardRecognizer",
    "CryptoRecognizer",
    "DeIdCardRecognizer",
    "DePassportRecognizer",
    "DeSocialSecurityRecognizer",
    "DeTaxIdRecognizer",
    "EsNieRecognizer",
    "EsNifRecognizer",
    "FiPersonalIdentityCodeRecognizer",
    "IbanRecognizer",
    "IpRecognizer",
    "ItFiscalCodeRecognizer",
    "MacAddressRecognizer",
    "NhsRecognizer",
    "PlPeselRecognizer",
    "SePersonnummerRecognizer",
    "UkNinoRecognizer",
    "UsSsnRecognizer",
)
SHAPES = (
    "L01X00T4##",
    "C01X0####",
    "C01X00T4##",
    "##{d}{m}{y}@###",
    "RSSMRA##T10A562@",
    "AB######C",
    "00:1B:44:##:3A:B#",
    "192.168.#.#",
    "2001:db8::#",
    "#[1-8]#-[1-8]#-[1-8]###",
    "###-##-####",
)
"""Beside those of the corpus: shapes that some recognizer is for."""
FIXED = (
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
    "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    "RSSMRA85T10A562S",
    "65180337J008",
    "L01X00T471",
    "C01X00T478",
)
OWN_TEXTS = (
    "Anna Schmidt, tax number 86095742719, lives in Köln; her card is 4111 1111 1111 1111.",
    "The NHS number 943 476 5919 belongs to 'Peter Johnson'. Ask Peter Johnson's wife.",
    "PESEL 44051401359 and NINO AB123456C were typed by Marta Kowalska in Lyon on 12 March 2026.",
    "Pay to DE89 3704 0044 0532 0130 00 from 192.168.1.20, MAC 00:1B:44:11:3A:B7.",
    "El DNI de Lucía Fernández es 12345678Z, vive en Sevilla.",
    "RSSMRA85T10A562S è il codice fiscale di Mario Rossi.",
    "send it to 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2, thanks",
    "Henkilötunnus 131052-308T, puhelin 040 1234567, Matti Virtanen.",
    "def total(items):\n    return sum(item.price for item in items)\n",
    "PERSON_7K2QX9MD asked for \uff14\uff11\uff11\uff11 1111 1111 1111 and for A\u200bnna Schmidt.",
    "No personal data in this sentence at all.",
)
_LONGEST = 4_000
_ALL = os.environ.get("GUARDRAIL_DIFFERENTIAL") == "all"

COUNTED = Counter({"normalised": 1, "hidden": 0, "repeated": 0, "opaque": 0})
"""How many findings of rules each step changes on `OWN_TEXTS`; what is not named changes none."""

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore"),  # stock's own
]


@pytest.fixture(scope="module")
def model() -> Path:
    """The shipped pipeline."""
    settings = DetectionSettings()
    assert settings.model is not None
    return settings.model


@pytest.fixture(scope="module")
def stock(model: Path) -> Stock:
    """The oracle."""
    return Stock(model, NAMES)


@pytest.fixture(scope="module")
def ours(model: Path) -> Engine:
    """Our engine with stock's recognizers and none of our own rules."""
    rules = presidio.load(names=NAMES, files=(), timeout_s=5)
    return Engine(rules=rules, names=SpacyNames(model, stern={}))


@pytest.mark.parametrize("text", OWN_TEXTS)
def test_our_texts_differ_in_nothing_unlisted(ours: Engine, stock: Stock, text: str) -> None:
    """The oracle's answer after the listed steps is the engine's answer."""
    assert found(ours, text) == expected(stock, text)[0]


def test_the_listed_differences_are_counted(stock: Stock) -> None:
    """On our own texts each step changes as many findings of rules as when it was listed."""
    counted = sum(
        (expected(stock, text, with_names=False)[1] for text in OWN_TEXTS), Counter[str]()
    )

    assert counted == COUNTED
    assert COUNTED.keys() <= DIFFERENCES.keys()


@needs_shared
@pytest.mark.parametrize(("name", "path"), [pytest.param(n, p, id=n) for n, p in sets()])
def test_gold_texts_differ_in_nothing_unlisted(
    ours: Engine, stock: Stock, name: str, path: Path
) -> None:
    """On every gold file the oracle's answer after the listed steps is the engine's answer.

    Up to 250 texts of each, from all of it: `GUARDRAIL_DIFFERENTIAL=all` compares every one.
    """
    texts = [document.text for document in marked(path) if len(document.text) < _LONGEST]
    step = 1 if _ALL else max(1, len(texts) // 250)
    unlisted = sum(found(ours, text) != expected(stock, text)[0] for text in texts[::step])

    assert unlisted == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_recognizer_says_what_it_says_in_stock_presidio(name: str) -> None:
    """On generated values, right and wrong, alone and in a sentence: same spans, same scores."""
    oracle = getattr(predefined_recognizers, name)()
    (rule,) = presidio.load(names=(name,), files=(), timeout_s=5)
    hits = 0

    for text in generated():
        theirs = {
            (r.start, r.end, min(r.score, presidio.CHANCE.get(r.entity_type, 1.0)))
            for r in oracle.analyze(text, oracle.supported_entities, None)
        }
        assert {(f.start, f.end, f.score) for f in rule.find(text)} == theirs
        hits += len(theirs)

    assert hits, "no generated value is one of these"


def generated() -> Iterator[str]:
    """Values of every shape, valid ones and random ones, in words that are no context."""
    dice = Random(7)  # noqa: S311 - repeatable, guards nothing
    shapes = [*SHAPES, *(shape for known in KNOWN.values() for shape in known.shapes)]
    some = [filled(shape, dice) for shape in shapes for _ in range(40)]
    some += [number for entity in KNOWN for number in islice(numbers(entity, dice), 5)]
    for country in values.COUNTRIES:
        some += [values.iban(dice, country), values.card(dice)]
    for value in [*some, *FIXED]:
        yield dice.choice(("{}", "({})", "x {} y", LANGUAGES["ga"].neutral)).replace("{}", value)


def found(engine: Engine, text: str) -> set[tuple[int, int, str]]:
    """What the engine finds and is sure of: the rest stands where stock finds nothing."""
    findings = engine.scan([(text, SegmentKind.EVERYTHING)])[0]
    return {(f.start, f.end, f.entity) for f in findings if f.recognizer != DOUBTFUL}


def expected(
    stock: Stock, text: str, *, with_names: bool = True
) -> tuple[set[tuple[int, int, str]], Counter[str]]:
    """The oracle's answer after the listed steps, and how many findings each step changed."""
    counted = Counter[str]()
    copy = normalise(text)
    raw = _shown(stock, copy.text, counted, with_names=with_names)
    if copy.text != text:
        before = {_key(each) for each in _oracle(stock, text, with_names=with_names)}
        after = {_key(copy.original(f)) for f in raw}
        counted["normalised"] += len(before ^ after)
    whole = Whole(copy.text)
    again = list(hidden(whole, lambda reading: _oracle(stock, reading, with_names=False)))
    counted["hidden"] += len(again)
    kept = [copy.original(each) for each in _trimmed(copy.text, [*raw, *again], counted)]
    merged = merge(text, kept)
    for finding in merged:
        counted.update(_why_merged(finding, kept))
    counted["repeated"] += sum(not any(_touch(k, m) for k in kept) for m in merged)
    counted["opaque"] += sum(not any(_touch(k, m) for m in merged) for k in kept)
    sure = [each for each in merged if each.recognizer != DOUBTFUL]
    counted["small letters"] += len(merged) - len(sure)
    return {_key(each) for each in sure}, counted


def _shown(stock: Stock, text: str, counted: Counter[str], *, with_names: bool) -> list[Finding]:
    """The oracle's answer, its model being shown what ours is shown."""
    raw = _oracle(stock, text, with_names=with_names)
    seen = shown(text, ())
    if seen == text or not with_names:
        return raw
    names = [f for f in _oracle(stock, seen, with_names=True) if f.recognizer == NER]
    rules = [f for f in raw if f.recognizer != NER]
    counted["shown"] += len({*raw} ^ {*names, *rules})
    return [*rules, *names]


def _oracle(stock: Stock, text: str, *, with_names: bool) -> list[Finding]:
    said = [_as_finding(each) for each in stock.find(text)]
    return [each for each in said if with_names or each.recognizer != NER]


def _why_merged(finding: Finding, kept: Iterable[Finding]) -> Iterator[str]:
    parts = [each for each in kept if _touch(each, finding)]
    if not parts:
        return
    if {_key(each) for each in parts} == {_key(finding)}:
        return
    overlap = any(_touch(a, b) for a in parts for b in parts if a is not b)
    yield (
        "renamed"
        if len({(p.start, p.end) for p in parts}) == 1
        else "union"
        if overlap
        else "joined"
    )


def _trimmed(text: str, raw: Iterable[Finding], counted: Counter[str]) -> Iterator[Finding]:
    for each in raw:
        if each.recognizer != NER:
            yield each
            continue
        start, end = trimmed(text, each.start, each.end)
        counted["trimmed"] += (start, end) != (each.start, each.end)
        needed = r"[^\W\d_]" if each.entity == "AGE" else r"[^\W_]"
        if re.search(needed, text[start:end]):
            yield _moved(each, start, end)
        else:
            counted["bare"] += 1


def _as_finding(scored: Scored) -> Finding:
    """A result of the oracle as ours would score it: a label of the model has one score."""
    start, end, name, score = scored
    entity = entity_of(name)
    if entity in SCORES:
        return Finding(start=start, end=end, entity=entity, score=SCORES[entity], recognizer=NER)
    capped = min(score, presidio.CHANCE.get(entity, 1.0))
    return Finding(start=start, end=end, entity=entity, score=capped, recognizer=name)


def _moved(each: Finding, start: int, end: int) -> Finding:
    return Finding(
        start=start, end=end, entity=each.entity, score=each.score, recognizer=each.recognizer
    )


def _touch(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


def _key(finding: Finding) -> tuple[int, int, str]:
    return finding.start, finding.end, str(finding.entity)
