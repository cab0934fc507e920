"""Names behind forms of address and in citations: what is found, and how far it goes."""

import pytest

from guardrail_gw.detection.rules.person import find


def names(text: str) -> list[str]:
    """What is found, in order."""
    return [text[found.start : found.end] for found in sorted(find(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dear Mr. Buxton, thanks", ["Buxton"]),
        ("ask Dr.Anya or Prof. Dr. Petra Müller-Weiß", ["Anya", "Petra Müller-Weiß"]),
        ("Mme Dupont et M. Martin", ["Dupont"]),
        ("Mrs van der Berg came", ["van der Berg"]),
        ("MUDr. Jan Novák, Sig.ra Rossi", ["Jan Novák", "Rossi"]),
        ("Herr Direktor Quandt, Mr. Justice Thornby", ["Quandt", "Thornby"]),
        ("Herr Rechtsanwalt Dr. Haberland", ["Haberland"]),
        ("as Alahmed et al. [18] say", ["Alahmed"]),
        (
            "Di Renzo, G. C., Conry, J. A., & Blake, J. (2015).",
            ["Di Renzo, G. C.", "Conry, J. A.", "Blake, J."],
        ),
        ("Gupta, P., & Zhang, Y. (2021)", ["Gupta, P.", "Zhang, Y."]),
    ],
)
def test_a_name_is_found_without_its_title(text: str, found: list[str]) -> None:
    """The form of address stays, so that a placeholder still reads as a person's."""
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Mr. President, Mr. Chairman",
        "Herr Direktor, Frau Minister",
        "Sr. Software Engineer",
        "see Appendix A. and Table B.",
        "Washington, D.C. is far",
        "words et al. follow",
        "const dr = new Dr();",
    ],
)
def test_an_office_or_a_list_is_no_name(text: str) -> None:
    """What stands behind a form of address without being a name is not found."""
    assert names(text) == []
