"""Postal addresses: one finding for the whole block, in the order of each country."""

import pytest

from guardrail_gw.detection.rules.address import find

WHOLE = [
    "Hauptstraße 5a, 10115 Berlin, Germany",
    "Mariahilfer Straße 12, 1060 Wien",
    "12, rue de la Paix, 75002 Paris, France",
    "Rue Neuve 10, 1000 Bruxelles, Belgium",
    "Prinsengracht 263, 1016 GV Amsterdam",
    "Via Roma 12, 00184 Roma, Italia",
    "Calle Mayor, 5, 28013 Madrid",
    "Rua Augusta 24, 1100-053 Lisboa",
    "ul. Marszałkowska 12/4, 00-590 Warszawa",
    "Storgatan 5, 111 22 Stockholm, Sweden",
    "Mannerheimintie 12, 00100 Helsinki",
    "Váci utca 12, 1052 Budapest",
    "Brīvības iela 12, Rīga, LV-1010",
    "Gedimino pr. 9, 01103 Vilnius",
    "10 Downing Street, London SW1A 2AA",
    "123 Main Street, Apt. 4, Springfield, IL 62704",
    "12 Long Road, Dublin, Ireland",
    "5100 Quadra 104\n Suite 845\n Evionnaz\n Switzerland 05377",
    "PSC 6293, Box 8158\nAPO AP 04336",
    "Postfach 1020, 8021 Zürich",
]


@pytest.mark.parametrize("block", WHOLE)
@pytest.mark.parametrize(
    ("before", "behind"), [("", ""), ("Send it to ", "."), ("\n", "\n\nThanks")]
)
def test_an_address_is_one_finding(block: str, before: str, behind: str) -> None:
    """Street, unit, town, region, postcode and country are one finding, whatever joins them."""
    text = before + block + behind

    found = [finding for finding in find(text) if finding.score >= 0.5]

    start, end = min(f.start for f in found), max(f.end for f in found)
    assert text[start:end].strip(".") == block
    assert any(finding.score >= 0.7 for finding in found)


@pytest.mark.parametrize(
    "prose",
    [
        "We met in 2026 and walked 12 miles.",
        "See RFC 2822, section 3.4, and ISO 8601.",
        "Windows 10, 2019 Edition, costs 99 euros.",
        "Chapter 3 Way of the World",
        "Monitoring 5 hosts, Engineering 101.",
        "The box 5 and the unit 7 are empty.",
        "He came 3rd in Paris, 2nd in Rome.",
        "până la intrarea în vigoare a Legii nr. 19/2000",
    ],
)
def test_prose_with_numbers_is_no_address(prose: str) -> None:
    """Numbers beside capitals are not enough."""
    assert [finding for finding in find(prose) if finding.score >= 0.5] == []
