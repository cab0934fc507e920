"""Objects of a Gemini request, each member by its name in camel case.

Source: Protocol Buffers documentation, "ProtoJSON Format", as read in 2026: a field has two names,
a whole number may be written as a string or with a fraction of nothing, bytes in either alphabet
of base64.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from guardrail_gw.dialects.translation.losses import Losses, Untranslatable, base64_of, read

_JOINT: Final = re.compile(r"_([a-z])")
_DIGITS: Final = re.compile(r"-?[0-9]{1,18}")
_NOTHING: Final[tuple[Any, ...]] = (None, False, "", [], {})
_WEB_SAFE: Final = str.maketrans("-_", "+/")


def members(  # noqa: PLR0913, PLR0917 - what a table of an object's members has
    value: Any,  # noqa: ANN401 - JSON
    where: str,
    known: Collection[str],
    dropped: Collection[str],
    refused: Collection[str],
    losses: Losses,
) -> Mapping[str, Any]:
    """An object's members that say something.

    Args:
        value: the object, its members in either spelling.
        where: its place, as a prefix of its members' names.
        known: members that are translated.
        dropped: members that are left out and noted.
        refused: members that no other dialect has; they may ask for nothing.
        losses: where they are noted.

    Raises:
        Untranslatable: it is no object, says a member twice, or has another one: unknown means no.
    """
    if type(value) is not dict:
        raise Untranslatable(f"{where}(no object)")
    named: dict[str, Any] = {}
    for name, member in value.items():
        camel = _JOINT.sub(lambda joint: joint.group(1).upper(), name)
        if named.get(camel) is not None:
            raise Untranslatable(f"{where}(a member that is said twice)")
        named[camel] = member
    for name in refused:
        if named.pop(name, None) not in _NOTHING:
            raise Untranslatable(where + name)
    return read(named, where, known, dropped, losses)


def whole(said: Mapping[str, Any], name: str, where: str = "") -> int | None:
    """A whole number that may be left out.

    Raises:
        Untranslatable: it is none.
    """
    value = said.get(name)
    if value is None or type(value) is int:
        return value
    if type(value) is str and _DIGITS.fullmatch(value):
        return int(value)
    if type(value) is float and value.is_integer():
        return int(value)
    raise Untranslatable(where + name)


def base64(data: str, member: str) -> str:
    """Bytes in the usual alphabet of base64, padded.

    Raises:
        Untranslatable: they are in none.
    """
    bare = data.translate(_WEB_SAFE).rstrip("=")
    return base64_of(bare + "=" * (-len(bare) % 4), member)
