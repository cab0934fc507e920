"""Samples for each kind of value in each language, and counting what an engine finds of them.

A cell is one kind in one language. Its samples follow from the seed, the kind and the language
alone, so that a cell that is new changes no other.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from faker import Faker

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import EUROPE, Rule
from tests.support.corpus import identifiers, values
from tests.support.corpus.sentences import LANGUAGES

COUNTS_FROM = 0.5
"""The score from which a finding counts: what a policy takes where it says nothing else."""

FAKER_NAMES = {
    "bg": "bg_BG", "cs": "cs_CZ", "da": "da_DK", "de": "de_DE", "el": "el_GR", "en": "en_IE",
    "es": "es_ES", "et": "et_EE", "fi": "fi_FI", "fr": "fr_FR", "ga": "ga_IE", "hr": "hr_HR",
    "hu": "hu_HU", "it": "it_IT", "lt": "lt_LT", "lv": "lv_LV", "nl": "nl_NL", "pl": "pl_PL",
    "pt": "pt_PT", "ro": "ro_RO", "sk": "sk_SK", "sl": "sl_SI", "sv": "sv_SE",
}  # fmt: skip
"""Language -> the locale whose names it uses; Faker knows no Maltese ones."""
FAKER_ADDRESSES = {
    language: FAKER_NAMES[language]
    for language in ("cs", "da", "de", "el", "es", "fi", "fr", "hr", "hu", "it", "nl", "pl", "pt",
                     "ro", "sk", "sl", "sv")
}  # fmt: skip
"""Languages for which Faker writes addresses of the country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text with one value in it; or, as noise, with digits that are none."""

    text: str = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of value in one language."""

    kind: str
    """The entity, and behind a stroke the form where there is more than one."""
    entities: frozenset[Entity]
    """Any of these counts as found."""
    language: str
    samples: Callable[[Random], Iterator[Sample]] = field(repr=False)
    noise: Callable[[Random], Iterator[Sample]] | None = field(repr=False, default=None)
    country: str = ""
    checked_by: str = ""
    """Who says that a national identifier is valid."""
    has_check: bool = True
    """False: nothing but its shape tells a national identifier from other strings."""
    names: bool = False
    """Only a language model can find it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was found in one cell."""

    samples: int
    found: int
    """Under its own name."""
    covered: int
    """Under whatever name: what leaves a gateway are characters."""
    noise: int = 0
    false: int = 0

    @property
    def recall(self) -> float:
        """The share of the samples that was found under its own name."""
        return self.found / max(1, self.samples)

    @property
    def coverage(self) -> float:
        """The share of the samples that was found under whatever name."""
        return self.covered / max(1, self.samples)

    @property
    def precision(self) -> float | None:
        """Of as many samples as noise, the share of the findings that are right."""
        if not self.noise:
            return None
        false = self.false / self.noise
        return self.coverage / (self.coverage + false) if self.coverage + false else None


def measured(
    engine: Engine, cell: Cell, *, count: int, seed: int, noise: int | None = None
) -> Count:
    """Look for `count` samples of a cell, and for what is found in as much noise, or in `noise`."""
    found, covered = _hits(engine, cell, cell.samples, count, f"{seed}/{cell.kind}/{cell.language}")
    if cell.noise is None:
        return Count(samples=count, found=found, covered=covered)
    noise = noise or count
    false, _ = _hits(engine, cell, cell.noise, noise, f"{seed}/noise/{cell.kind}/{cell.language}")
    return Count(samples=count, found=found, covered=covered, noise=noise, false=false)


def everywhere() -> Iterator[Cell]:
    """What exists in every country, in each language's own formats."""
    for language in LANGUAGES:
        countries = [c for c, spoken in values.COUNTRIES.items() if language in spoken]
        for country in countries:
            yield from in_country(country, language)


def in_country(country: str, language: str) -> Iterator[Cell]:
    """E-mail, telephone, IBAN and card as one country writes them, in one of its languages."""
    said = LANGUAGES[language]
    abroad = [said.phone, said.neutral]
    for kind, carriers, value in (
        ("EMAIL_ADDRESS", [said.email, said.neutral], values.email),
        ("PHONE_NUMBER/national", [said.phone], values.phone_at_home),
        ("PHONE_NUMBER/international", abroad, values.phone_abroad),
        ("IBAN_CODE", [said.iban, said.neutral], values.iban),
        ("CREDIT_CARD", [said.card, said.neutral], lambda dice, _: values.card(dice)),
    ):
        yield Cell(
            kind=kind,
            entities=frozenset({Entity(kind.partition("/")[0])}),
            language=language,
            country=country,
            samples=_carried(carriers, value, country),
        )


def people() -> Iterator[Cell]:
    """Names and addresses as Faker makes them up in each language."""
    for kind, locales, entities in (
        ("PERSON", FAKER_NAMES, {"PERSON"}),
        ("ADDRESS", FAKER_ADDRESSES, {"ADDRESS", "LOCATION"}),
    ):
        for language, locale in locales.items():
            yield Cell(
                kind=kind,
                entities=frozenset(map(Entity, entities)),
                language=language,
                samples=_faked(kind, locale, language),
                names=True,
            )


def national(engine: Engine) -> Iterator[Cell]:
    """The identifiers of states that this engine knows, beside what they are called."""
    for entity, known in identifiers.KNOWN.items():
        if entity in engine.entities:
            yield Cell(
                kind=entity,
                entities=frozenset({Entity(entity)}),
                language=known.language,
                country=known.country,
                samples=_labelled(entity),
                noise=_digits(known.shapes, known.language),
                checked_by=f"stdnum.{known.stdnum}",
            )
    for rule in RULES:
        if rule.country and not rule.entities & identifiers.KNOWN.keys():
            yield _by_example(rule)


def _by_example(rule: Rule) -> Cell:
    country = str(rule.country)
    language = values.COUNTRIES.get(country, ("en",))[0]
    written = [value for value, _ in islice(identifiers.varied(rule, Random(0)), 8)]  # noqa: S311 - repeatable
    return Cell(
        kind=min(rule.entities),
        entities=rule.entities,
        language=language,
        country=country,
        samples=lambda dice: (
            _within(f"{label or rule.name.replace('_', ' ')} {{}}", value)
            for value, label in identifiers.varied(rule, dice)
        ),
        noise=_digits(identifiers.shapes_of(written), language),
        checked_by="the rule itself",
        has_check=rule.chance is not None,
    )


def _hits(
    engine: Engine,
    cell: Cell,
    made: Callable[[Random], Iterator[Sample]],
    count: int,
    seed: str,
) -> tuple[int, int]:
    """How many of the values are found under their own name, and under whatever name."""
    samples = list(islice(made(Random(seed)), count))  # noqa: S311 - repeatable, guards nothing
    elsewhere = frozenset({cell.country}) - EUROPE - {""}
    results = engine.scan([(sample.text, SegmentKind.PROSE) for sample in samples], elsewhere)
    pairs = list(zip(samples, results, strict=True))
    found = sum(_covered(sample, seen, cell.entities) for sample, seen in pairs)
    return found, sum(_covered(sample, seen, None) for sample, seen in pairs)


def _covered(
    sample: Sample, findings: Sequence[Finding], entities: frozenset[Entity] | None
) -> bool:
    """Whether findings of these entities, or of any, cover every letter and digit of the value."""
    seen: set[int] = set()
    for finding in findings:
        if (entities is None or finding.entity in entities) and finding.score >= COUNTS_FROM:
            seen.update(range(finding.start, finding.end))
    return all(
        place in seen for place in range(sample.start, sample.end) if sample.text[place].isalnum()
    )


def _within(carrier: str, value: str) -> Sample:
    start = carrier.index("{}")
    return Sample(text=carrier.replace("{}", value), start=start, end=start + len(value))


def _carried(
    carriers: Sequence[str], value: Callable[[Random, str], str], country: str
) -> Callable[[Random], Iterator[Sample]]:
    def samples(dice: Random) -> Iterator[Sample]:
        while True:
            yield _within(dice.choice(carriers), value(dice, country))

    return samples


def _faked(kind: str, locale: str, language: str) -> Callable[[Random], Iterator[Sample]]:
    said = LANGUAGES[language]

    def samples(dice: Random) -> Iterator[Sample]:
        faker = Faker(locale)
        faker.seed_instance(dice.randrange(1 << 30))
        while True:
            if kind == "PERSON":
                yield _within(said.person, f"{faker.first_name()} {faker.last_name()}")
            else:
                yield _within(said.address, re.sub(r"\s*\n\s*", ", ", faker.address()))

    return samples


def _labelled(entity: str) -> Callable[[Random], Iterator[Sample]]:
    known = identifiers.KNOWN[entity]
    neutral = LANGUAGES[known.language].neutral
    carriers = (f"{known.label}: {{}}", neutral.replace("{}", f"{known.label} {{}}"))

    def samples(dice: Random) -> Iterator[Sample]:
        for number in identifiers.numbers(entity, dice):
            yield _within(dice.choice(carriers), number)

    return samples


def _digits(shapes: Sequence[str], language: str) -> Callable[[Random], Iterator[Sample]]:
    """Random digits in the shapes of an identifier, in a sentence that does not name it."""
    neutral = LANGUAGES[language].neutral
    loose = [re.sub(r"\{.\}", "##", re.sub(r"\[[^\]]*\]|\d", "#", shape)) for shape in shapes]

    def samples(dice: Random) -> Iterator[Sample]:
        while True:
            yield _within(neutral, identifiers.filled(dice.choice(loose), dice))

    return samples
