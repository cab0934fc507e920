"""Shapes of identifiers, read as signs."""

from guardrail_gw.detection.elements import Element, branches, elements


def test_a_shape_is_its_signs_with_how_often_each_may_be_repeated() -> None:
    """Classes and escapes are one sign each, and separators may be left out."""
    assert elements(r"[XYZ]_#{7,8}\.@?") == [
        Element("[XYZ]", 1, 1),
        Element("_", 0, 1),
        Element("#", 7, 8),
        Element(r"\.", 1, 1),
        Element("@", 0, 1),
    ]


def test_branches_have_no_groups() -> None:
    """Each alternative is in one of them, and what may be left out is left out in one."""
    assert set(branches("A(?:#|@(?:_#)?)B")) == {("A#B", True), ("A@B", True), ("A@_#B", True)}


def test_what_is_repeated_is_told_up_to_there() -> None:
    """As often as it must be there; it does not end behind that."""
    assert branches("#(?:_#){2,4}@") == [("#_#_#", False)]


def test_a_shape_of_many_branches_is_told_up_to_where_it_branches() -> None:
    """Beyond a bound no alternative is told apart, and none is lost."""
    shape = "#" + "(?:1|2|3)" * 6

    found = branches(shape)

    assert all(branch.startswith("#") for branch, _ in found)
    assert any(not ends for _, ends in found)
    assert len(found) <= 100
