"""What a translation leaves out, and what it will not leave out."""

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.dialects.translation.hub import Media, Result, Turn, Want, Wish

_MEDIA_TYPE: Final = re.compile("[a-z]+/[a-z0-9.+-]+")
_SAYING_NOTHING: Final[tuple[Any, ...]] = (False, "", [], {})
"""What asks for nothing, whatever the member. Zero is among them, and asks for no penalty; as a
seed it is lost unnoted."""

_TYPES: Final[Mapping[Want, tuple[type, ...]]] = {
    Want.SEED: (int,),
    Want.FREQUENCY_PENALTY: (int, float),
    Want.PRESENCE_PENALTY: (int, float),
    Want.METADATA: (dict,),
}
"""Of what type a wish is, if not a text."""


class Untranslatable(Exception):  # noqa: N818 - it says that something is, not that it failed
    """A request that cannot be said in another dialect without changing what it asks for.

    Args:
        member: one of the dialect's own members, or a description; never what a client wrote.
    """

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


@dataclass(slots=True)
class Losses:
    """Members that were left out, by their dialect's names for them."""

    members: set[str] = field(default_factory=set)

    def note(self, member: str) -> None:
        """Leave a member out."""
        self.members.add(member)

    def drop(self, wish: Wish) -> None:
        """Leave out all that says a wish."""
        self.members |= {member for member in (wish.member, wish.also) if member}


def read(
    value: Any,  # noqa: ANN401 - JSON
    where: str,
    known: Collection[str],
    dropped: Collection[str],
    losses: Losses,
) -> Mapping[str, Any]:
    """An object's members without those that say nothing.

    Args:
        value: the object.
        where: its place, as a prefix of its members' names in notes: `messages[].`.
        known: members that are translated.
        dropped: members that are left out and noted.
        losses: where they are noted.

    Raises:
        Untranslatable: it is no object, or has another member: unknown means no.
    """
    if type(value) is not dict:
        raise Untranslatable(f"{where}(no object)")
    said = {name: member for name, member in value.items() if member is not None}
    for name in said.keys() - known:
        if name not in dropped:
            raise Untranslatable(f"{where}(a member that is not known)")
        if said[name] not in _SAYING_NOTHING:
            losses.note(where + name)
    return said


def wishes(said: Mapping[str, Any], wants: Mapping[str, Want], where: str = "") -> dict[Want, Wish]:
    """The wishes that a request's members say, if they say something.

    Args:
        said: the members.
        wants: their names -> what they ask for.
        where: their place, as a prefix of their names.

    Raises:
        Untranslatable: one has a value of another type than its dialect says.
    """
    asked = dict[Want, Wish]()
    for name, want in wants.items():
        value = said.get(name)
        if value is None or (value in _SAYING_NOTHING and want is not Want.SEED):
            continue
        if type(value) not in _TYPES.get(want, (str,)):
            raise Untranslatable(where + name)
        asked[want] = Wish(member=where + name, value=value)
    return asked


def details(turns: Iterable[Turn], member: str) -> dict[Want, Wish]:
    """The wish that images be looked at as closely as they say, if one does.

    Args:
        turns: what was said.
        member: what the client's dialect calls it.
    """
    parts = [part for turn in turns for part in turn.parts]
    inner = [each for part in parts if isinstance(part, Result) for each in part.parts]
    if any(isinstance(part, Media) and part.detail for part in (*parts, *inner)):
        return {Want.DETAIL: Wish(member=member, value=True)}
    return {}


def settle(wishes: Mapping[Want, Wish], said: Collection[Want], losses: Losses) -> None:
    """Note the wishes that a dialect does not say.

    Raises:
        Untranslatable: one of them is needed.
    """
    for want, wish in wishes.items():
        if want not in said:
            if wish.is_needed:
                raise Untranslatable(wish.member)
            losses.drop(wish)


def typed(value: Any, kind: type, member: str) -> Any:  # noqa: ANN401 - JSON
    """A value of the type that its dialect says.

    Raises:
        Untranslatable: it is of another.
    """
    if type(value) is not kind:
        raise Untranslatable(member)
    return value


def base64_of(data: str, member: str) -> str:
    """Base64 that is some.

    Raises:
        Untranslatable: it is none.
    """
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Untranslatable(member) from None
    return data


def media_type_of(name: str, member: str) -> str:
    """The name of a media type, without parameters.

    Raises:
        Untranslatable: it is none.
    """
    if not _MEDIA_TYPE.fullmatch(name):
        raise Untranslatable(member)
    return name


def entries(said: Mapping[str, Any], name: str, member: str = "") -> list[Any]:
    """The entries of a list that may be left out.

    Raises:
        Untranslatable: it is no list.
    """
    value = said.get(name)
    return [] if value is None else list(typed(value, list, member or name))


def number(said: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON's int or float
    """A number that may be left out.

    Raises:
        Untranslatable: it is none.
    """
    value = said.get(name)
    if value is not None and type(value) not in (int, float):
        raise Untranslatable(name)
    return value


def whole(said: Mapping[str, Any], name: str) -> int | None:
    """A whole number that may be left out, however it is written: `9`, `9.0`.

    Raises:
        Untranslatable: it is none.
    """
    value = number(said, name)
    if value is not None and value % 1:
        raise Untranslatable(name)
    return None if value is None else int(value)


def text(said: Mapping[str, Any], name: str, member: str = "") -> str | None:
    """A text that may be left out.

    Raises:
        Untranslatable: it is none.
    """
    value = said.get(name)
    return None if value is None else str(typed(value, str, member or name))


def texts(values: list[Any], member: str) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        Untranslatable: something else is in it.
    """
    return tuple(typed(value, str, member) for value in values)


def flag(said: Mapping[str, Any], name: str, member: str = "") -> bool | None:
    """A yes or no that may be left out.

    Raises:
        Untranslatable: it is neither.
    """
    value = said.get(name)
    return None if value is None else bool(typed(value, bool, member or name))
