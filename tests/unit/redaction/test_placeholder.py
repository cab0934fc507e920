import re
from typing import Any

import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import ConfigError, ResidualFound
from guardrail_gw.redaction.placeholder import PLACEHOLDER, Issuer, TokenKey, look_alikes, word
from tests.support.chat import KEY, PRINCIPAL

PERSON = Entity("PERSON")


def issuer(key: TokenKey = KEY, principal: Principal = PRINCIPAL) -> Issuer:
    """An issuer of its own exchange."""
    return Issuer(key=key, principal=principal)


def other(**names: str) -> Principal:
    """A principal that differs in the given names."""
    own: dict[str, Any] = {"tenant": "acme", "team": "web", "user": "bot", "key_id": "k1"}
    return Principal(**{**own, **names})


def test_a_vector() -> None:
    """The bytes of a placeholder are fixed: replicas and versions must agree."""
    assert issuer().placeholder(PERSON, "Anna Schmidt") == "PERSON_3JPZSJFE"


def test_the_same_value_gets_the_same_placeholder() -> None:
    """Also in another turn, in another replica, and in another spelling of the same characters."""
    first = issuer().placeholder(PERSON, "Ren\u00e9")

    assert issuer().placeholder(PERSON, "Ren\u00e9") == first
    assert issuer().placeholder(PERSON, "Rene\u0301") == first
    assert issuer(principal=other(team="x", user="y")).placeholder(PERSON, "Ren\u00e9") == first


@pytest.mark.parametrize(
    "its",
    [
        issuer(key=TokenKey(b"x" * 32)),
        issuer(principal=other(tenant="acme2")),
        issuer(principal=other(key_id="k2")),
        issuer(principal=other(tenant="acmek", key_id="1")),
    ],
)
def test_others_get_another_placeholder(its: Issuer) -> None:
    """Another key, tenant or virtual key cannot recognise a value."""
    assert its.placeholder(PERSON, "Anna") != issuer().placeholder(PERSON, "Anna")


def test_the_form_is_closed() -> None:
    """Entity, underscore, eight characters with a letter and a digit: for many values."""
    its = issuer()
    tokens = {its.placeholder(PERSON, str(n)) for n in range(2000)}

    assert len(tokens) == 2000
    assert all(re.fullmatch(r"PERSON_[0-9A-HJKMNP-TV-Z]{8}", t) for t in tokens)
    assert all(PLACEHOLDER.fullmatch(t) for t in tokens)


def test_two_spellings_in_one_exchange_are_told_apart() -> None:
    """Both come back as they were written."""
    its = issuer()

    one, two = its.placeholder(PERSON, "Ren\u00e9"), its.placeholder(PERSON, "Rene\u0301")

    assert one != two
    assert its.issued == {one: "Ren\u00e9", two: "Rene\u0301"}


def test_a_taken_placeholder_is_not_issued_twice() -> None:
    """On a collision the next one is taken, and it is stable."""
    its = issuer()
    first = its.placeholder(PERSON, "Anna")
    crowded = issuer()
    crowded.issued[first] = "somebody else"

    second = crowded.placeholder(PERSON, "Anna")

    assert second != first
    assert crowded.issued == {first: "somebody else", second: "Anna"}
    assert crowded.has_collided


def test_a_suffix_without_a_letter_or_a_digit_is_no_collision() -> None:
    """Which placeholder a value has depends on the value alone, as long as none is taken."""
    its = issuer()

    for number in range(200):
        its.placeholder(PERSON, f"value {number}")

    assert not its.has_collided


def test_what_was_issued_before_is_issued_again() -> None:
    """A placeholder of an earlier request stays its value's, and no other value gets it."""
    its = issuer(key=OneSuffix(bytes(32)))
    its.issued_before({"PERSON_A0000000": "Anna"})

    tokens = its.placeholder(PERSON, "Anna"), its.placeholder(Entity("ADDRESS"), "x")

    assert tokens == ("PERSON_A0000000", "ADDRESS_A0000001")
    assert its.issued == {tokens[0]: "Anna", tokens[1]: "x"}
    assert its.has_collided


class OneSuffix(TokenKey):
    """A key under which all values collide until asked often enough."""

    def mac(self, *parts: str | int) -> bytes:
        """Follow the counter alone."""
        return (10 << 35 | int(parts[-1])).to_bytes(5) + bytes(27)


class Stuck(TokenKey):
    """A key that knows one placeholder only."""

    def mac(self, *parts: str | int) -> bytes:
        """Say the same to everything."""
        return (10 << 35).to_bytes(5) + bytes(27)


def test_a_suffix_is_issued_once_whatever_the_word() -> None:
    """`ADDRESS_…` is never the end of an `EMAIL_ADDRESS_…` that was issued, too."""
    its = issuer(key=OneSuffix(bytes(32)))

    tokens = [its.placeholder(Entity(e), "x") for e in ("ADDRESS", "EMAIL_ADDRESS", "PERSON")]

    assert tokens == ["ADDRESS_A0000000", "EMAIL_ADDRESS_A0000001", "PERSON_A0000002"]


def test_without_a_free_placeholder_nothing_is_sent() -> None:
    """A thousand collisions are a refusal, not a placeholder with two meanings."""
    its = issuer(key=Stuck(bytes(32)))
    its.placeholder(PERSON, "Anna")

    with pytest.raises(ResidualFound):
        its.placeholder(Entity("ADDRESS"), "Berta")


def test_no_placeholder_is_part_of_anothers_word() -> None:
    """An entity named like a placeholder cannot make two readings of one text."""
    first = issuer().placeholder(PERSON, "Anna")
    its = issuer()
    its.placeholder(Entity(f"{first}_X"), "Berta")

    assert its.placeholder(PERSON, "Anna") != first


def test_a_word_that_holds_an_issued_placeholder_is_refused() -> None:
    """The other way round there is no way out but to stop."""
    its = issuer()
    first = its.placeholder(PERSON, "Anna")

    with pytest.raises(ResidualFound):
        its.placeholder(Entity(f"{first}_X"), "Berta")


@pytest.mark.parametrize(
    ("entity", "expected"),
    [("PERSON", "PERSON"), ("us-ssn", "US_SSN"), ("1st", "DATA_1ST"), ("é", "DATA"), ("_A_", "A")],
)
def test_any_entity_makes_a_word(entity: str, expected: str) -> None:
    """Recognizers may name entities freely; placeholders stay letters, digits, underscores."""
    assert word(Entity(entity)) == expected


def test_a_short_key_is_refused() -> None:
    """The secret has 32 bytes and never shows."""
    with pytest.raises(ConfigError):
        TokenKey(b"short")

    assert "secret" not in repr(TokenKey(b"s" * 32))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("PERSON_7K2QX9MD", [(0, 15)]),
        ("a PERSON_7K2QX9MD, US_SSN_00000000A X_A0000000", [(2, 17), (36, 46)]),
        ("snake_case _7K2QX9MD person_7K2QX9MD PERSON_7K2QX9MDx", []),
        ("", []),
    ],
)
def test_look_alikes_are_found(text: str, spans: list[tuple[int, int]]) -> None:
    """Whatever has the form, and nothing else, though the end of the form is looked for first."""
    assert look_alikes(text) == spans
    assert look_alikes(text) == [match.span() for match in PLACEHOLDER.finditer(text)]
