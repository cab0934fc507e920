"""Normalise, rules, names and merge in one."""

import pytest

from guardrail_gw.core.text import Entity, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.errors import ConfigError
from tests.support.names import ANNA, NamesByPattern


def test_findings_are_those_of_rules_and_names() -> None:
    """Both kinds of detector speak, and their findings are sorted."""
    text = "Write to a@example.com, Anna, or b@example.com"

    found = Engine(rules=RULES, names=NamesByPattern(ANNA)).scan([(text, SegmentKind.PROSE)])[0]

    assert [text[f.start : f.end] for f in found] == ["a@example.com", "Anna", "b@example.com"]


def test_findings_are_in_the_original_text() -> None:
    """A disguised address is found with its disguise."""
    text = "x \u0430nna\u200b\uff20example.com y"

    found = Engine(rules=RULES, names=None).scan([(text, SegmentKind.PROSE)])[0]

    assert [text[f.start : f.end] for f in found] == ["\u0430nna\u200b\uff20example.com"]


def test_a_name_is_found_again_at_its_place_in_the_original() -> None:
    """What the copy that is read lacks moves no finding, though its words are found in the copy."""
    text = "\u00ad\u200bAnna\u200b came. \u200bAnna, who was late, and Anna."

    found = Engine(rules=(), names=NamesByPattern("^Anna")).scan([(text, SegmentKind.PROSE)])[0]

    assert [text[f.start : f.end].strip("\u200b\u00ad") for f in found] == ["Anna"] * 3


def test_keys_are_read_by_rules_only() -> None:
    """An object key is not shown to named-entity recognition, nor is an empty text."""
    names = NamesByPattern(ANNA)
    texts = [
        ("Anna a@example.com", SegmentKind.KEY),
        ("", SegmentKind.PROSE),
        ("x", SegmentKind.PROSE),
    ]

    found = Engine(rules=RULES, names=names).scan(texts)

    assert names.asked == ["x"]
    assert [[f.entity for f in each] for each in found] == [["EMAIL_ADDRESS"], [], []]


def test_identifiers_of_other_countries_are_found_when_asked_for() -> None:
    """A rule of a state outside Europe runs only for calls that name the state."""
    engine = Engine(rules=RULES, names=None)
    text = [("mine is 219-09-9999", SegmentKind.PROSE), ("BSN 111222333", SegmentKind.PROSE)]

    plain, asked, other = (
        [f.entity for each in engine.scan(text, frozenset(countries)) for f in each]
        for countries in ((), ("US",), ("AU",))
    )

    assert plain == other == ["NL_BSN"]
    assert asked == ["US_SSN", "NL_BSN"]


def test_an_entity_that_nothing_detects_stops_the_start() -> None:
    """Relying on an entity without a detector is a configuration error."""
    required = {Entity("PERSON"): frozenset[str](), Entity("IBAN_CODE"): frozenset({"de"})}

    with pytest.raises(ConfigError, match="nothing detects PERSON, "):
        Engine(rules=RULES, names=None, required=required)


@pytest.mark.parametrize(
    ("made_for", "told"), [({"de", "fr"}, ": configure"), (None, "; the model does not say")]
)
def test_a_language_that_nothing_reads_stops_the_start(
    made_for: set[str] | None, told: str
) -> None:
    """A model counts for the languages it says it was made for."""
    names = NamesByPattern(ANNA, languages=None if made_for is None else frozenset(made_for))

    with pytest.raises(ConfigError, match=f"nothing detects PERSON in pl{told} "):
        Engine(rules=RULES, names=names, required={Entity("PERSON"): frozenset({"pl"})})


def test_rules_read_the_languages_of_the_union_only() -> None:
    """What words around a value give away is not read in a language whose words no rule knows."""
    with pytest.raises(ConfigError, match="nothing detects AGE in ja: "):
        Engine(rules=RULES, names=None, required={Entity("AGE"): frozenset({"ja"})})


def test_what_only_some_policies_look_for_cannot_be_relied_on() -> None:
    """Identifiers of other states are looked for where a policy asks, so no start promises them."""
    with pytest.raises(ConfigError, match="nothing detects US_SSN, "):
        Engine(rules=RULES, names=None, required={Entity("US_SSN"): frozenset()})


def test_what_is_read_starts() -> None:
    """Every language of the model, those of the Union for a rule, and no language at all."""
    names = NamesByPattern(ANNA, languages=frozenset({"de", "fr"}))
    required = {Entity("PERSON"): frozenset({"de"}), Entity("IBAN_CODE"): frozenset({"mt"})}

    engine = Engine(rules=RULES, names=names, required=required)
    unsaid = Engine(
        rules=RULES,
        names=NamesByPattern(ANNA, languages=None),
        required={Entity("PERSON"): frozenset[str]()},
    )

    assert required.keys() <= engine.entities & unsaid.entities


CODE = "```python\nclass Anna:\n    mail = 'anna@example.com'\n```\ndone"


@pytest.mark.parametrize(
    ("kind", "people"), [(SegmentKind.PROSE, 0), (SegmentKind.EVERYTHING, 1), (SegmentKind.KEY, 0)]
)
def test_code_is_read_by_what_is_sure(kind: SegmentKind, people: int) -> None:
    """In code an address is found and a name is not, unless the text is scanned with everything."""
    found = Engine(rules=RULES, names=NamesByPattern(ANNA)).scan([(CODE, kind)])[0]

    assert [f.entity for f in found].count(Entity("PERSON")) == people
    assert Entity("EMAIL_ADDRESS") in {f.entity for f in found}


def test_a_value_within_another_form_is_found() -> None:
    """Second readings are part of every scan, of keys too."""
    text = "mail anna (at) example (dot) com"

    for kind in SegmentKind:
        (found,) = Engine(rules=RULES, names=None).scan([(text, kind)])[0]
        assert text[found.start : found.end] == "anna (at) example (dot) com"
