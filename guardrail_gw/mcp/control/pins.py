"""What a server's tools were when somebody approved them, and how they differ now.

The digest of a server is that of all its tools and its instructions together: a tool that is new,
renamed or described otherwise makes it another one. Which tools those are follows from the digest
of each.

Source: RFC 8785 (canonical JSON); FIPS 180-4 (SHA-256).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import rfc8785

PINNED: Final = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
"""Members of a definition that a model reads, or that say how a tool behaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSet:
    """What a server offers, as far as it is pinned."""

    tools: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """Name -> the pinned members of its definition."""
    instructions: str | None = field(default=None, repr=False)

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the whole.

        Raises:
            UnpinnableError: it holds what has no canonical form.
        """
        tools = [self.tools[name] for name in sorted(self.tools)]
        return digest_of({"instructions": self.instructions, "tools": tools})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What was approved of one server."""

    set: ToolSet = field(repr=False)
    by: str
    """Who approved it, or `first use`."""
    at_us: int


class Change(StrEnum):
    """How a tool differs from what was approved."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One tool, or the instructions, then and now."""

    name: str | None
    """None: the instructions."""
    change: Change
    members: tuple[str, ...] = ()
    """Of a changed tool, what differs."""


class UnpinnableError(ValueError):
    """A definition has no canonical form: a number beyond 2**53, half a surrogate pair."""


def tool_set(definitions: Iterable[Mapping[str, Any]], instructions: str | None) -> ToolSet:
    """What is pinned of a list of tools, each of another name."""
    tools = {each["name"]: {m: each[m] for m in PINNED if m in each} for each in definitions}
    return ToolSet(tools=tools, instructions=instructions or None)


def digest_of(value: Any) -> str:  # noqa: ANN401 - JSON
    """Hex SHA-256 of the canonical form.

    Raises:
        UnpinnableError: it has none.
    """
    try:
        return sha256(rfc8785.dumps(value)).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise UnpinnableError(type(error).__name__) from None


def approved(pin: Pin | None, now: ToolSet) -> frozenset[str]:
    """Names of the tools that are what was approved; none without a pin."""
    if pin is None:
        return frozenset()
    return frozenset(
        name
        for name, tool in now.tools.items()
        if name in pin.set.tools and _alike(pin.set.tools[name], tool)
    )


def instructions_approved(pin: Pin | None, now: ToolSet) -> bool:
    """Whether the instructions are those that were approved; none need no approval."""
    return now.instructions is None or (
        pin is not None and pin.set.instructions == now.instructions
    )


def differences(then: ToolSet, now: ToolSet) -> tuple[Difference, ...]:
    """How they differ: the instructions first, then tools by name; what is the same is left out."""
    names = sorted(then.tools.keys() | now.tools.keys())
    tools = (_difference(name, then.tools.get(name), now.tools.get(name)) for name in names)
    told = _difference(None, _told(then.instructions), _told(now.instructions))
    return tuple(each for each in (told, *tools) if each is not None)


def _difference(
    name: str | None, then: Mapping[str, Any] | None, now: Mapping[str, Any] | None
) -> Difference | None:
    if then is None and now is None:
        return None
    if then is None or now is None:
        return Difference(name=name, change=Change.NEW if then is None else Change.GONE)
    members = sorted(then.keys() | now.keys())
    other = tuple(each for each in members if not _alike(then.get(each), now.get(each)))
    return Difference(name=name, change=Change.CHANGED, members=other) if other else None


def _alike(then: Any, now: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether two values are the same JSON; what has no canonical form is like nothing."""
    try:
        return digest_of(then) == digest_of(now)
    except UnpinnableError:
        return False


def _told(instructions: str | None) -> Mapping[str, Any] | None:
    return None if instructions is None else {"instructions": instructions}
