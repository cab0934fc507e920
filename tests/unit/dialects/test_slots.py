from typing import Any

from guardrail_gw.dialects.slots import Keys


def renamed(members: dict[str, Any], names: dict[str, str]) -> list[tuple[str, Any]]:
    """Set the keys, and return the members in their order."""
    keys = Keys(members, list(names))
    for name, new in names.items():
        assert keys[name] == name
        keys[name] = new
    return list(members.items())


def test_members_keep_their_order() -> None:
    """Renaming changes keys and nothing else."""
    assert renamed({"a": 1, "b": 2, "c": 3}, {"b": "B", "a": "a"}) == [("a", 1), ("B", 2), ("c", 3)]


def test_no_member_is_lost_to_a_name_that_is_taken() -> None:
    """Two keys that would become one stay two, whichever of them was there first."""
    assert renamed({"t": 1, "T": 2}, {"t": "Anna", "T": "Anna"}) == [("Anna", 1), ("T", 2)]
    assert renamed({"t": 1, "Anna": 2}, {"t": "Anna", "Anna": "Anna"}) == [("t", 1), ("Anna", 2)]


def test_two_names_may_change_places() -> None:
    """A new name that another member gives up is not lost, though it may not be given."""
    assert len(renamed({"a": 1, "b": 2}, {"a": "b", "b": "a"})) == 2
