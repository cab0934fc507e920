"""Names from all over the world: every source has some, in Latin letters, and new ones are made."""

import pytest

for package in ("faker", "names"):
    pytest.importorskip(package, reason="models/recipe/requirements.txt is not installed")

from random import Random  # noqa: E402, TID251 - only after the check above; seeded

from models.recipe.world import Letters, typed, world  # noqa: E402 - ditto

POPULAR = [([f"Forename{letter}" for letter in "abcdefghijklmnop"], ["Onlyname"])]


def test_a_source_with_few_surnames_takes_those_of_all() -> None:
    """Every source has forenames and surnames to draw from, also one with a single surname."""
    people = world(POPULAR)

    assert len(people) > 70
    assert min(len(each.firsts.listed) for each in people) >= 15
    assert min(len(each.lasts.listed) for each in people) >= 15


def test_names_in_other_letters_are_spelt_in_latin_ones() -> None:
    """Georgian, Armenian, Greek and Russian surnames are there, and none in a script of its own."""
    surnames = {name for each in world(POPULAR) for name in each.lasts.listed}

    assert {"Smirnov", "Abashidze", "Abazyan"} <= surnames
    assert not any("\u0370" <= letter <= "\u10ff" for name in surnames for letter in name)


def test_the_census_counts_more_than_one_source() -> None:
    """Rare surnames of the USA are drawn as those of several countries are."""
    people = world(POPULAR)

    assert sum(len(each.lasts.listed) > 80_000 for each in people) == 6


def test_invented_names_are_made_of_what_follows_what() -> None:
    """Each four letters of an invented name stand in a listed one, and some names are new."""
    listed = ["Kowalska", "Kowalczyk", "Nowakowski", "Malinowska", "Kaminski", "Wisniewska"]
    letters, rng = Letters(listed), Random(3)  # noqa: S311 - repeatable on purpose

    made = {letters.draw(rng) for _ in range(200)}

    known = {f"^^^{name.lower()}$"[at : at + 4] for name in listed for at in range(len(name) + 1)}
    runs = {f"^^^{name.lower()}$"[at : at + 4] for name in made for at in range(len(name) + 1)}
    assert runs <= known
    assert made - set(listed)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Łukasz", "Lukasz"), ("Sørensen", "Sorensen"), ("Núñez", "Nunez"), ("Weiß", "Weiss")],
)
def test_names_are_typed_without_marks(name: str, expected: str) -> None:
    """A Latin letter loses its mark and is not lost itself."""
    assert typed(name) == expected


def test_other_scripts_are_typed_as_they_are() -> None:
    """A Bulgarian name keeps all its letters."""
    assert typed("Андрей-Иванов") == "Андрей-Иванов"
