"""What rules look for first stands wherever they find something."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from random import Random  # noqa: TID251 - seeded

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from guardrail_gw.detection.ruled import Ruled
from guardrail_gw.detection.rules import (
    address,
    address_words,
    bic_code,
    capitals,
    corners,
    employer,
    host_name,
    id_number,
    introduced,
    nrp,
    nrp_words,
    organization,
    organization_words,
    password,
    person,
    phone_number,
    username,
    username_words,
)
from guardrail_gw.detection.rules.context import said
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.detection.rules.window import in_lower_case

# ruff: noqa: SLF001 - a sign is as private as the pattern that it stands in

Sign = Callable[[str], bool]
Tried = Callable[[str], Iterator[re.Match[str]]]


def _says(words: frozenset[str]) -> Sign:
    return lambda text: said(text, words)


def _has_form(text: str) -> bool:
    return said(text, organization_words.FORM_WORDS) or any(organization._abbreviated(text))


SIGNS: dict[str, tuple[re.Pattern[str], Sign]] = {
    "address, label": (
        address._LABELLED,
        address._may_be_labelled,
    ),
    "address, postcode": (address._CODE_NAME, _says(address._CODE_WORDS)),
    "address, marked": (
        re.compile(rf"(?<![\w-]){address._MARKED.pattern}"),
        lambda text: bool(address._CAPITAL.search(text)),
    ),
    "corner": (corners._CORNER, _says(corners.NAMED)),
    "organization, form": (organization._FORM, _has_form),
    "organization, small form": (organization._SMALL_FORM, _has_form),
    "organization, short form": (organization._SHORT, _has_form),
    "password, label": (password._LABELLED, _says(password._LABEL_WORDS)),
    "password, connection": (password._CONNECTION, _says(password._LABEL_WORDS)),
    "person, title": (person._TITLE, _says(person._TITLE_WORDS)),
    "person, author": (person._AUTHOR, lambda text: bool(person._INITIAL.search(text))),
    "username, label": (username._LABELLED, _says(username._LABEL_WORDS)),
}
"""What a rule looks for -> what it looks for first."""


RULES: dict[str, tuple[re.Pattern[str], Rule]] = {
    "employer": (employer._EMPLOYER, employer.RULE),
    "introduced, speech": (introduced._SPEECH, introduced.RULE),
    "introduced, called": (introduced._CALLED, introduced.RULE),
    "introduced, kin": (introduced._KIN, introduced.RULE),
    "introduced, deed": (re.compile(f"[A-Z][a-z]+{introduced._DEED.pattern}"), introduced.RULE),
    "organization, form": (organization._FORM, organization.RULE),
    "organization, small form": (organization._SMALL_FORM, organization.RULE),
    "organization, short form": (organization._SHORT, organization.RULE),
    "organization, prefix": (organization._PREFIX, organization.RULE),
    "password, label": (password._LABELLED, password.RULE),
    "password, connection": (password._CONNECTION, password.RULE),
    "password, address": (re.compile(f"://{password._ADDRESS.pattern}"), password.RULE),
    "person, title": (person._TITLE, person.RULE),
    "person, author": (person._AUTHOR, person.RULE),
    "username, label": (username._LABELLED, username.RULE),
}
"""What a rule looks for -> the rule, which is shown the neighbourhood of its signs."""


def _introduced(at: int) -> Tried:
    pattern, words, begins = introduced._SAYING[at]
    return lambda text: introduced._tried(pattern, text, words, begins)


def _formed(form: re.Pattern[str]) -> Tried:
    def tried(text: str) -> Iterator[re.Match[str]]:
        behind = [each for each in organization._behind(text) if each[0] is form]
        return chain(*(organization._tried(form, text, places) for _, _, places in behind))

    return tried


def _span(match: re.Match[str]) -> tuple[int, int]:
    """What counts of a match: the name, where it has one."""
    return match.span("name" if "name" in match.re.groupindex else 0)


TRIED: dict[str, tuple[re.Pattern[str], Tried, Rule]] = {
    "address, marked": (
        re.compile(rf"(?<![\w-]){address._MARKED.pattern}"),
        address._marked,
        address.RULE,
    ),
    "capitals": (capitals._ROW, capitals._rows, capitals.RULE),
    "employer": (employer._EMPLOYER, employer._employers, employer.RULE),
    "employer, firm": (employer._IS_A_FIRM, employer._firms, employer.BY_KIND),
    "host": (host_name._HOST, host_name._hosts, host_name.RULE),
    "introduced, speech": (introduced._SPEECH, _introduced(0), introduced.RULE),
    "introduced, called": (introduced._CALLED, _introduced(1), introduced.RULE),
    "introduced, kin": (introduced._KIN, _introduced(2), introduced.RULE),
    "introduced, deed": (
        introduced._DEED,
        lambda text: introduced._tried(
            introduced._DEED, text, introduced._DOING, introduced._DEED_BEGINS
        ),
        introduced.RULE,
    ),
    "organization, form": (organization._FORM, _formed(organization._FORM), organization.RULE),
    "organization, small form": (
        organization._SMALL_FORM,
        _formed(organization._SMALL_FORM),
        organization.RULE,
    ),
    "organization, short form": (
        organization._SHORT,
        _formed(organization._SHORT),
        organization.RULE,
    ),
    "organization, prefix": (
        re.compile(rf"(?<![\w-]){organization._PREFIX.pattern}"),
        organization._prefixes,
        organization.RULE,
    ),
    "phone": (phone_number._CANDIDATE, phone_number._candidates, phone_number.RULE),
}
"""What a rule looks for -> the rule's own way of finding all of it, which is to try where it can
begin."""
MORE = (
    *(" ", " ", "\n", ", ", ".", "-", "_", "'s", '" ', "? ", " is a firm", " was an old bank. "),
    *("Quillon", " Berg", " and ", "Co., Ltd", " S.A.", " a/s", "iPhone", "E-28015", " K1A 0B1"),
    *(
        "+49 ",
        "(0)",
        "030 901820",
        "my ",
        "old ",
        "sister ",
        " works at ",
        "www.",
        ".com",
        "\u0141",
    ),
)
PROSE = "we wrote to them last week and nobody answered " * 15


WRITTEN: dict[str, tuple[str, Sign]] = {
    "address, label": (address_words.LABELS, _says(address._LABEL_WORDS)),
    "address, postcode": (address_words.POSTCODES, _says(address._CODE_WORDS)),
    "organization, form": (organization_words.FORMS, _has_form),
    "organization, small form": (organization_words.SMALL_FORMS, _has_form),
    "organization, suffix": (
        organization_words.SUFFIXES,
        _says(organization_words.SUFFIX_WORDS),
    ),
    "password, label": (password._LABELS, _says(password._LABEL_WORDS)),
    "username, label": (username_words.LABELS, _says(username._LABEL_WORDS)),
}
"""Words that a rule looks for -> what it looks for first."""
_CHOICE = re.compile(r"\(\?:([^()]*)\)(\??)|\[([^\]]*)\](\??)|(\\.|[^\\])\?")


def forms(pattern: str) -> Iterator[str]:
    """All that a pattern of letters, groups, classes and question marks matches."""
    choice = _CHOICE.search(pattern)
    if choice is None:
        yield pattern.replace("\\", "")
        return
    group, maybe, letters, perhaps, single = choice.groups()
    options = [single] if single else list(letters) if letters else group.split("|")
    if single or maybe or perhaps:
        options.append("")
    for option in options:
        yield from forms(pattern[: choice.start()] + option + pattern[choice.end() :])


@pytest.mark.parametrize(("words", "sign"), WRITTEN.values(), ids=WRITTEN)
def test_each_word_has_its_sign(words: str, sign: Sign) -> None:
    """Every form of every alternative holds the sign without which none of them is tried."""
    words = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), words)
    alternatives = re.split(r"\|(?![^(]*\))", words)

    for form in (form for alternative in alternatives for form in forms(alternative)):
        assert sign(f"of {form} 12"), form


@pytest.mark.parametrize(("pattern", "sign"), SIGNS.values(), ids=SIGNS)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_match_has_its_sign(pattern: re.Pattern[str], sign: Sign, data: st.DataObject) -> None:
    """Whatever a pattern matches holds the sign without which it is not tried."""
    text = data.draw(st.from_regex(pattern))

    assert sign(text)


@pytest.mark.parametrize(("pattern", "rule"), RULES.values(), ids=RULES)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_a_rule_finds_it_is_shown(
    pattern: re.Pattern[str], rule: Rule, data: st.DataObject
) -> None:
    """In the midst of prose, where a window is a small part, nothing is lost and nothing added."""
    text = f"{PROSE} {data.draw(st.from_regex(pattern))} {PROSE}"

    found = Ruled([rule], automaton=False).find(text)

    assert sorted(found) == sorted(rule.find(text))


def mixture(rule: Rule, dice: Random) -> str:
    """Examples of a rule, whole and in pieces, with words and signs that go on or break off."""
    examples = (*rule.valid, *rule.invalid)
    pieces = [*MORE, *re.findall(r"\w+|\W+", " ".join(examples))]
    return "".join(
        dice.choice(examples) if dice.random() < 0.2 else dice.choice(pieces) for _ in range(40)
    )


@pytest.mark.parametrize(("pattern", "tried", "rule"), TRIED.values(), ids=TRIED)
def test_what_is_tried_for_is_all_there_is(
    pattern: re.Pattern[str], tried: Tried, rule: Rule
) -> None:
    """Trying a pattern where it can begin gives what a search of the whole text gives."""
    dice = Random(rule.name)  # noqa: S311 - repeatable, and guards nothing
    texts = [mixture(rule, dice) for _ in range(400)]

    expected = [list(map(_span, pattern.finditer(text))) for text in texts]

    assert [list(map(_span, tried(text))) for text in texts] == expected
    assert any(expected)


def test_each_word_for_a_group_is_found() -> None:
    """Every form of every list, also far from the beginning of a text."""
    ruled = Ruled([nrp.RULE], automaton=False)

    for group in nrp_words.GROUPS:
        text = f"{PROSE}, {group}, {PROSE}"
        assert [text[each.start : each.end] for each in ruled.find(text)] == [group]


def test_each_institution_is_found_by_its_word() -> None:
    """Behind the name, far from the beginning of a text."""
    ruled = Ruled([organization.RULE], automaton=False)

    for word in organization_words.SUFFIXES.split("|"):
        text = f"{PROSE}the Golden Lion {word}, {PROSE}"
        assert [text[f.start : f.end] for f in ruled.find(text)] == [f"Golden Lion {word}"]


def test_each_phrase_introduces() -> None:
    """Every phrase is found in the midst of prose, by the word that is looked for first."""
    ruled = Ruled([introduced.RULE], automaton=False)

    for phrase in introduced._PHRASES:
        text = f"{PROSE}, {phrase} Wendelgard, {PROSE}"
        assert {text[each.start : each.end] for each in ruled.find(text)} == {"Wendelgard"}, phrase


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(label=st.from_regex(id_number._LABEL))
def test_a_label_ends_as_labels_end(label: str) -> None:
    """Before a number that is not looked at further no label stands."""
    lower = in_lower_case(label)

    assert id_number._is_labelled(lower) == bool(id_number._LABEL.search(lower))


def test_a_bank_is_named_in_french() -> None:
    """The words beside a bank's code are signs of it in each of their languages."""
    rule = Ruled([bic_code.RULE], automaton=False)

    assert rule.find(f"{PROSE} code banque BNPAFRPP {PROSE}")
    assert rule.find(f"{PROSE} Bankleitzahl DEUTDEFF {PROSE}")


@given(text=st.text(st.sampled_from("ABab019 -/.,xº"), max_size=40))
def test_values_are_the_matches_of_their_pattern(text: str) -> None:
    """Trying only where a digit is soon gives all of four digits that a search gives."""
    tried = id_number._values(text)

    assert _long_enough(tried) == _long_enough(id_number._VALUE.finditer(text))


def _long_enough(values: Iterable[re.Match[str]]) -> list[tuple[int, int]]:
    return [
        each.span() for each in values if sum(map(str.isdigit, each.group())) >= id_number._LEAST
    ]
