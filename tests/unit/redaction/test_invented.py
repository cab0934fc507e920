import ipaddress
import re

import pytest
from stdnum import iban, luhn

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.entities import SURROGATES
from guardrail_gw.redaction.invented import MAKERS, Draw, surnames

SEEDS = [pow(7, 70 + n, 2**256) for n in range(60)]


def made(entity: str, like: str, count: int = 0) -> list[str]:
    """Values like the given one, from several seeds."""
    candidates = [MAKERS[Entity(entity)](Draw(seed, count), like) for seed in SEEDS]
    return [c.text for c in candidates if c is not None]


def test_the_policy_names_what_can_be_made() -> None:
    """The linter and the makers know the same kinds."""
    assert MAKERS.keys() == SURROGATES


@pytest.mark.parametrize(
    ("like", "form"),
    [
        ("Anna Schmidt", r"[A-Z][a-z]+ [A-Z][a-z]+"),
        ("Dr. Jürgen von Ålund", r"[A-Z][a-z]+ [A-Z][a-z]+"),
        ("ANNA SCHMIDT", r"[A-Z]+ [A-Z]+"),
        ("Anna", r"[A-Z][a-z]+"),
        ("Олена Шевченко", "[\u0400-\u04ff]+ [\u0400-\u04ff]+\u043a\u043e"),
    ],
)
def test_names_keep_script_case_and_number_of_words(like: str, form: str) -> None:
    """One word for one, a given name and a surname for several."""
    names = made("PERSON", like)

    assert len(set(names)) > 2
    assert [n for n in names if not re.fullmatch(form, n)] == []


@pytest.mark.parametrize("like", ["张伟", "Ελένη", "Anna Шевченко", "123"])
def test_what_has_no_like_has_no_surrogate(like: str) -> None:
    """Scripts without names of ours get a placeholder."""
    assert made("PERSON", like) == []


def test_single_names_do_not_run_out() -> None:
    """After a few draws a single name is a surname, of which there are thousands."""
    assert set(made("PERSON", "Anna", count=20)) <= set(surnames())
    assert len(surnames()) > 2000


@pytest.mark.parametrize(
    "like",
    ["DE89 3704 0044 0532 0130 00", "FR1420041010050500013M02606", "GB82 WEST 1234 5698 7654 32"],
)
def test_an_iban_is_valid_and_no_banks(like: str) -> None:
    """Country, length and spaces stay, the check digits are right, the bank code is nobody's."""
    ibans = made("IBAN_CODE", like)

    assert len(set(ibans)) > 50
    for made_ in ibans:
        assert iban.is_valid(made_, check_country=False)
        assert re.sub("[A-Z0-9]", "x", made_) == re.sub("[A-Z0-9]", "x", like)
        assert made_[:2] == like[:2]
        assert set(re.sub(r"\W", "", made_)[4:12]) <= set("0X") or like.startswith("FR")


def test_a_card_is_valid_and_no_networks() -> None:
    """Luhn holds, length and separators stay, and no payment network issues it."""
    cards = made("CREDIT_CARD", "4111-1111 11111111")

    assert all(luhn.is_valid(re.sub(r"\D", "", c)) for c in cards)
    assert all(re.fullmatch(r"9999-\d{4} \d{8}", c) for c in cards)
    assert made("CREDIT_CARD", "411") == []


@pytest.mark.parametrize(
    ("like", "form"),
    [
        ("+49 151 2345678", r"\+49 (30 23125|69 90009|40 66969|221 4710|89 99998) \d{3}"),
        ("0049 30 1", r"\+49 .*"),
        ("+44 20 7946 0000", r"\+44 7700 900\d{3}"),
        ("+33 6 12 34 56 78", r"\+33 \d \d\d \d\d \d\d \d\d"),
        ("+1 (415) 555-2671", r"\+1 \d{3} 555 01\d\d"),
        ("030 1234567", r"\+999 \d\d \d{7}"),
        ("151 2345678", r"\+999 \d\d \d{7}"),
    ],
)
def test_a_telephone_number_rings_nowhere(like: str, form: str) -> None:
    """Ranges kept for films where the country has some, a country code of nobody elsewhere."""
    assert [n for n in made("PHONE_NUMBER", like) if not re.fullmatch(form, n)] == []


def test_addresses_are_those_of_documentation() -> None:
    """E-mail and web addresses, IPv4 and IPv6 that are set aside for examples."""
    assert all(re.search(r"@example\.(com|net|org)$", m) for m in made("EMAIL_ADDRESS", "a@b.eu"))
    assert all(m.startswith("http://example.") for m in made("URL", "http://x.eu/anna"))
    assert all(m.startswith("https://example.") for m in made("URL", "www.x.eu/anna"))
    assert all(not ipaddress.ip_address(m).is_global for m in made("IP_ADDRESS", "10.0.0.1"))
    assert all(m.startswith("2001:db8::") for m in made("IP_ADDRESS", "fe80::1"))
    assert all(len(m.split()) == 2 for m in made("ORGANIZATION", "Acme"))
