"""How names are written: what rules for persons, places and firms share."""

from typing import Final

UPPER: Final = r"[^\W\d_a-zß-öø-ÿ]"
"""A letter that is no small one of Latin-1: a capital, or a letter of a script without case."""
PARTICLE: Final = (
    r"(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|ten|ter|zu|zur|af|bin|ben|al|el)"
)
"""What stands in small letters between the parts of a person's name."""
NO_NAME_BEHIND: Final = frozenset("@#$/\\_-.&+=<`")
"""Signs directly before a word that make it a handle, a path, code or a part of a longer name."""
