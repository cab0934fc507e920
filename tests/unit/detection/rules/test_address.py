"""Postal addresses, in the order of each country: whole in a sentence, by parts over lines."""

import pytest

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.address import find, find_without_number
from guardrail_gw.detection.rules.every import RULES

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
    "Via Roma 12, 00184, Roma (RM)",
    "Canale Grande, 280, 30121, Venezia (VE)",
    "Viale Monza, 436 Appartamento 6, 20125, Milano",
    "Merelsteeg 29, 1012AB, Amsterdam",
    "Stari trg 1a, 1000 Ljubljana",
    "Lepi pot 7c, 1000 Ljubljana",
]


@pytest.mark.parametrize("block", WHOLE)
@pytest.mark.parametrize(
    ("before", "behind"), [("", ""), ("Send it to ", "."), ("\n", "\n\nThanks")]
)
def test_an_address_is_covered_from_end_to_end(block: str, before: str, behind: str) -> None:
    """Street, unit, town, region, postcode and country are found, whatever joins them."""
    text = before + block + behind

    found = [finding for finding in find(text) if finding.score >= 0.5]

    start, end = min(f.start for f in found), max(f.end for f in found)
    assert text[start:end].strip(".") == block
    left = "".join(c for i, c in enumerate(block, len(before)) if not _is_covered(i, found))
    assert not any(character.isalnum() for character in left)
    assert any(finding.score >= 0.7 for finding in found)


def _is_covered(index: int, found: list[Finding]) -> bool:
    return any(finding.start <= index < finding.end for finding in found)


def told(text: str) -> list[tuple[str, str]]:
    """Entity and value of each finding, in order."""
    return [(found.entity, text[found.start : found.end]) for found in sorted(find(text))]


@pytest.mark.parametrize("mark", ["", "> ", "? ", " * ", "- ", "| ", "\u2022 ", "\t"])
@pytest.mark.parametrize("before", ["", "Dear Sir\n"])
def test_an_address_over_lines_is_told_apart(before: str, mark: str) -> None:
    """Behind blanks and marks of quotes or lists, each part is one finding, of its own kind."""
    lines = ("Gartenweg 12", "Apt. 4", "80331 München", "Germany")

    found = told(before + "\n".join(mark + line for line in lines))

    assert found == [
        ("ADDRESS", "Gartenweg 12"),
        ("ADDRESS", "Apt. 4"),
        ("ADDRESS", "80331"),
        ("LOCATION", "München"),
        ("LOCATION", "Germany"),
    ]


@pytest.mark.parametrize("before", ["Send it to ", "Address: ", "Anna's new home is "])
def test_an_address_behind_words_is_whole(before: str) -> None:
    """Words on the line before it make it one of a sentence, over line breaks as well."""
    address = "12 High Street\nSuite 3\nLeeds\nUnited Kingdom 90210"

    assert told(before + address) == [("ADDRESS", address)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("I live at Lange Gasse 5, Wien.", ["ADDRESS:Lange Gasse 5", "LOCATION:Wien"]),
        ("at 28018 Calle Mayor 3.", ["ADDRESS:28018", "ADDRESS:Calle Mayor 3"]),
        ("is at 3369 24 Clarke Avenue", ["ADDRESS:3369", "ADDRESS:24 Clarke Avenue"]),
        (
            "lives at 5049 Rua Azul 54, Faro",
            ["ADDRESS:5049", "ADDRESS:Rua Azul 54", "LOCATION:Faro"],
        ),
        (
            "at Lange Gasse 5, 1080 Wien",
            ["ADDRESS:Lange Gasse 5", "ADDRESS:1080", "LOCATION:Wien"],
        ),
        ("at 12 Long Lane, Leeds, UK", ["ADDRESS:12 Long Lane, Leeds, UK"]),
        ("at 12 High St, Suite 3, Leeds", ["ADDRESS:12 High St, Suite 3, Leeds"]),
        ("USS Mercy\nFPO AE 09501", ["ADDRESS:USS Mercy\nFPO AE 09501"]),
        (
            "the corner of Mill Road 4 and Oak Lane",
            ["ADDRESS:the corner of Mill Road 4 and Oak Lane"],
        ),
        ("the corner of the room and 4 chairs", []),
    ],
)
def test_what_an_address_in_a_sentence_is_told_apart_into(text: str, parts: list[str]) -> None:
    """A town alone, one behind its postcode, and a number before a street's are parts."""
    assert [f"{entity}:{value}" for entity, value in told(text)] == parts


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("Calle Mayor, s/n, Toledo", ["Calle Mayor, s/n", "Toledo"]),
        ("Calle Mayor s/n, 28013 Madrid", ["Calle Mayor s/n", "28013", "Madrid"]),
        ("Avda. de la Paz s/nº, 11001 Cádiz", ["Avda. de la Paz s/nº", "11001", "Cádiz"]),
        ("Praça Vieira, S/N, 3873-366 Faro", ["Praça Vieira, S/N", "3873-366", "Faro"]),
    ],
)
def test_a_house_may_have_no_number(address: str, parts: list[str]) -> None:
    """`s/n` takes the number's place, also in a text without any digit."""
    text = f"Vivo en {address}, y ella no"

    (found,) = Engine(rules=RULES, names=None).scan([(text, SegmentKind.PROSE)])

    assert [text[f.start : f.end] for f in found] == parts


@pytest.mark.parametrize(
    "device", ["model Strada S/N: 4711", "via USB S/N 123456", "plaza yes/no", "Rua x/s/n"]
)
def test_a_serial_number_is_no_house_without_one(device: str) -> None:
    """`S/N` before a sign or a long number belongs to a device."""
    assert list(find_without_number(device)) == []


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
        "Sul Canale Italia 83 danno un film.",
        "As R. Smith 2015 says, and J. R. Miller 12 times.",
        "They bought a Honey pot 5 and John put 7 back.",
        "A Dutch Bospad 12 alone is as little an address as a Touchpad 5.",
        "până la intrarea în vigoare a Legii nr. 19/2000",
    ],
)
def test_prose_with_numbers_is_no_address(prose: str) -> None:
    """Numbers beside capitals are not enough."""
    assert [finding for finding in find(prose) if finding.score >= 0.5] == []
