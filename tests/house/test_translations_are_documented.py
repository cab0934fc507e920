"""docs/translation.md says what becomes of every member that a translation meets."""

from tests.house.sources import ROOT
from tests.support.translations import tables

_MARK = "<!-- computed -->"


def test_the_tables_are_what_is_done() -> None:
    """The page's tables are those that translating every sample gives."""
    page = (ROOT / "docs" / "translation.md").read_text(encoding="utf-8")

    assert page.partition(_MARK)[2].strip() == tables().strip(), (
        "write the output of `python -m tests.support.translations` behind the mark"
    )
