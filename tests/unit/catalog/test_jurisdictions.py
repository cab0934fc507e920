"""What places are called."""

import pytest

from guardrail_gw.catalog.catalog import Catalog

NAMES = Catalog.load().jurisdictions


@pytest.mark.parametrize(
    ("countries", "name"),
    [
        ({"DE"}, "EU"),
        ({"DE", "FR"}, "EU"),
        ({"NO"}, "EEA"),
        ({"DE", "NO"}, "EEA"),
        ({"GB"}, "UK"),
        ({"CH"}, "CH"),
        ({"US"}, "US"),
        ({"DE", "US"}, "DE+US"),
        (set(), "unknown"),
    ],
)
def test_countries_have_the_narrowest_usual_name(countries: set[str], name: str) -> None:
    """One country outside is enough for a set to be no jurisdiction; none at all are unknown."""
    assert NAMES.name_of(frozenset(countries)) == name
