"""What chat dialects have in common: one conversation, asked and answered.

A spoke reads its dialect into these values or writes them in it. What a value cannot hold, the
spoke that reads notes as a loss or refuses; what a dialect has no word for, the one that writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guardrail_gw.core.amounts import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is said."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """An image or a document: its bytes, or where it is."""

    kind: str
    """`image`, `file`."""
    media_type: str = ""
    data: str = field(default="", repr=False)
    """Base64."""
    url: str = field(default="", repr=False)
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The model calls a tool."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a call gave."""

    id: str
    parts: tuple["Text | Media", ...]
    failed: bool = False


Part = Text | Media | Call | Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one side says at a time; results of calls are the user's."""

    is_model: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the client runs."""

    name: str
    description: str | None = field(repr=False)
    schema: Mapping[str, Any] | None = field(repr=False)


class Calls(StrEnum):
    """Whether tools are to be called."""

    AUTO = "auto"
    NONE = "none"
    SOME = "some"
    NAMED = "named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which tools the model may call."""

    calls: Calls | None = None
    """None leaves it to the provider."""
    name: str = ""
    parallel: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What the answer's text must be: JSON of this schema."""

    name: str
    schema: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request."""

    system: tuple[str, ...] = field(repr=False)
    turns: tuple[Turn, ...]
    stream: bool
    tools: tuple[Tool, ...] = ()
    choice: Choice = Choice()
    output: Schema | None = None
    most_tokens: int | None = None
    temperature: float | None = None
    """0 to 2."""
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = field(default=(), repr=False)
    user: str | None = field(default=None, repr=False)


class Why(StrEnum):
    """Why an answer ended."""

    SAID = "said"
    LENGTH = "length"
    CALLS = "calls"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An answer begins."""

    id: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A piece of the answer's text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call begins; its arguments follow."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """A piece of the last call's arguments, as JSON text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Nothing more is said, but for counts."""

    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Tokens so far."""

    usage: Usage


Event = Begun | Said | Called | Arguments | Ended | Counted
