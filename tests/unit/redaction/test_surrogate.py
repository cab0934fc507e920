import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity, Segment
from guardrail_gw.redaction.invented import surnames
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.surrogate import Surrogates, is_ready
from tests.support.chat import KEY, PRINCIPAL

PERSON, EMAIL, PHONE = Entity("PERSON"), Entity("EMAIL_ADDRESS"), Entity("PHONE_NUMBER")

surnames()  # reads files once


def surrogates(*texts: str, key: TokenKey = KEY, principal: Principal = PRINCIPAL) -> Surrogates:
    """Surrogates for an exchange with these texts."""
    segments = [Segment(text=t, place=f"/{i}") for i, t in enumerate(texts)]
    return Surrogates(key=key, principal=principal, segments=segments)


def test_the_same_value_has_the_same_surrogate() -> None:
    """In every turn and replica of one caller, and in no other caller's."""
    others = Principal(tenant="other", team="", user="", key_id="k1")
    first = surrogates("hello").surrogate(PERSON, "Anna Schmidt")

    assert first is not None
    assert surrogates("other words").surrogate(PERSON, "Anna Schmidt") == first
    assert surrogates(key=TokenKey(b"x" * 32)).surrogate(PERSON, "Anna Schmidt") != first
    assert surrogates(principal=others).surrogate(PERSON, "Anna Schmidt") != first


def test_no_two_values_share_one() -> None:
    """Among thousands of values, and whatever the kind."""
    its = surrogates("hello")
    values = [(PERSON, f"Anna N{n}") for n in range(3000)] + [
        (EMAIL, f"n{n}@x") for n in range(500)
    ]

    chosen = [its.surrogate(*value) for value in values]

    assert len({c.lower() for c in chosen if c}) == len(chosen) == 3500
    assert its.issued == dict(zip(chosen, (v for _, v in values), strict=True))


def test_what_the_request_says_is_not_chosen() -> None:
    """No word of a surrogate stands in the request, in any case, nor all of it within a word."""
    first = surrogates().surrogate(PERSON, "Anna Schmidt") or ""
    given, family = first.split()

    for text in (first, family.upper(), given, f"x{given}{family}x"):
        second = surrogates("hello", text).surrogate(PERSON, "Anna Schmidt") or ""
        assert second not in {"", first}
        assert not set(text.lower().split()) & set(second.lower().split())


def test_two_names_side_by_side_are_not_a_third() -> None:
    """Single names share no word with names of several."""
    its = surrogates()

    single = {its.surrogate(PERSON, f"N{n}") for n in range(40)}
    several = {its.surrogate(PERSON, f"Anna N{n}") for n in range(400)} - {None}

    assert not single & {word for name in several if name for word in name.split()}


def test_when_none_is_left_there_is_none() -> None:
    """A thousand numbers are not enough for fourteen hundred; the rest gets placeholders."""
    its = surrogates()

    chosen = [its.surrogate(PHONE, f"+44 20 {n:07}") for n in range(1400)]

    assert None in chosen
    assert len({c for c in chosen if c}) == sum(c is not None for c in chosen) > 900


@pytest.mark.parametrize(("entity", "value"), [("US_SSN", "123"), ("PERSON", "张伟")])
def test_some_kinds_have_none(entity: str, value: str) -> None:
    """Nothing can be invented that is like them."""
    assert surrogates().surrogate(Entity(entity), value) is None


def test_values_are_not_shown() -> None:
    """The repr of what chooses surrogates holds no text."""
    its = surrogates("Anna lives here")

    its.surrogate(PERSON, "Anna")

    assert "Anna" not in repr(its)
    assert is_ready()
