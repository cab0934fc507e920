"""docs/detection.md lists exactly the national identifiers, with the figures that rules use."""

from guardrail_gw.detection.rules.national.every import IDENTIFIERS
from tests.house.sources import ROOT, names, rows

TEXT = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## National identifiers")[2].partition("\n## ")[0]


def test_every_identifier_is_documented_with_its_figures() -> None:
    """An identifier that the table lacks, a row without one, or another figure, fails."""
    documented = {names(row[0])[0]: tuple(row[1:]) for row in rows(SECTION)}

    assert documented == {
        identifier.entity: (
            identifier.country or "-",
            "-" if identifier.chance is None else f"{identifier.chance * 100:.2f} %",
            *map(str, identifier.scores),
        )
        for identifier in IDENTIFIERS
    }
