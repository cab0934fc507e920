"""The `when` of a policy: one line of CEL, read once at load and asked at each request.

What can go wrong at a request goes wrong towards the stricter side: a condition that is not judged
to be false counts as true, and a policy with a condition only ever narrows.

Source: the Common Expression Language, cel-spec; cel-expr-python 0.1.3 gives errors back as values.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from guardrail_gw.core.text import Entity
from guardrail_gw.documents import closest
from guardrail_gw.policy.circumstances import FOUND, VARIABLES, Circumstances, Fact, count
from guardrail_gw.policy.wording import WordingError, names_in

if TYPE_CHECKING:
    from cel_expr_python import cel

_PLACE = re.compile(r"<input>:(\d+):(\d+): ([^\n]*)")
_OVERLOAD = re.compile(r"found no matching overload for '(.+)' applied to '(.+)'")


class Judgement(StrEnum):
    """What a condition comes to."""

    HOLDS = "holds"
    FAILS = "fails"
    UNSURE = "unsure"
    """It could not be judged; counts as if it held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A `when`, ready to be asked."""

    text: str
    zone: tzinfo
    """Whose clock `time` is."""
    names: tuple[str, ...]
    """The variables it uses, sorted."""
    asks_found: bool
    """Whether it can be judged only when detectors have looked."""
    _program: "cel.Expression" = field(repr=False, compare=False)

    @property
    def said(self) -> str:
        """The condition and its zone on one line; the same for conditions that are the same."""
        zone = f" in {self.zone}" if any(name.startswith("time.") for name in self.names) else ""
        return " ".join(self.text.split()) + zone

    def judge(
        self, circumstances: Circumstances, found: Mapping[Entity, int] | None = None
    ) -> Judgement:
        """Ask it of one request; never raises.

        Args:
            circumstances: of the request.
            found: how many of each entity count as found; None: nobody has looked.
        """
        try:
            said = self._program.eval(data=self._facts(circumstances, found)).value()
        except Exception:  # noqa: BLE001 - whatever a library of another language may raise
            return Judgement.UNSURE
        # an error is a value, too: a text, which Python takes for true. Only these two are believed
        if said is False:
            return Judgement.FAILS
        return Judgement.HOLDS if said is True else Judgement.UNSURE

    def unknown(self, circumstances: Circumstances) -> tuple[str, ...]:
        """The facts that it uses and nobody knows."""
        known = self._facts(circumstances, {})
        return tuple(name for name in self.names if name not in known)

    def _facts(
        self, circumstances: Circumstances, found: Mapping[Entity, int] | None
    ) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        for name in self.names:
            variable = VARIABLES.get(name)
            if variable is not None:
                value = variable.read(circumstances, self.zone)
            else:
                value = None if found is None else count(name, found)
            if value is not None:  # what is left out makes the evaluation err
                facts[name] = value
        return facts


class ConditionError(Exception):
    """A condition that cannot be used.

    Args:
        message: what is wrong, with line and column in the condition.
        near: the name that was perhaps meant.
    """

    def __init__(self, message: str, near: str | None = None) -> None:
        super().__init__(message)
        self.near = near


class Conditions:
    """Reads conditions about these entities."""

    __slots__ = ("_environment", "_known")

    def __init__(self, counted: Collection[str]) -> None:
        """Import what reads CEL.

        Args:
            counted: `found.total` and the other names of counts.
        """
        from cel_expr_python import cel  # noqa: PLC0415 - an extra

        kinds = {name: each.kind for name, each in VARIABLES.items()}
        kinds |= dict.fromkeys(counted, "int")
        types = {
            "string": cel.Type.STRING,
            "int": cel.Type.INT,
            "bool": cel.Type.BOOL,
            "list(string)": cel.Type.List(cel.Type.STRING),
        }
        self._known: Final = frozenset(kinds)
        self._environment: Final = cel.NewEnv(variables={n: types[k] for n, k in kinds.items()})

    def condition(self, text: str, zone: tzinfo) -> Condition:
        """Read one.

        Raises:
            ConditionError: it says what it may not, uses a name that is unknown or of another
                type, or is not true or false.
        """
        try:
            names = names_in(text, self._known)
        except WordingError as error:
            raise ConditionError(f"{_position(text, error.at)}: {error}", error.near) from None
        program = self._compiled(text)
        kind = program.return_type().name()
        if kind != "BOOL":
            raise ConditionError(f"line 1, column 1: is {kind.lower()}, not true or false")
        return Condition(
            text=text,
            zone=zone,
            names=tuple(sorted(names)),
            asks_found=any(name.startswith(FOUND) for name in names),
            _program=program,
        )

    def _compiled(self, text: str) -> "cel.Expression":
        try:
            return self._environment.compile(text)
        except RuntimeError as error:
            said = _PLACE.search(str(error))
        if said is None:
            raise ConditionError("line 1, column 1: is no condition: too deep, or not CEL")
        line, column, what = said.groups()
        raise ConditionError(f"line {line}, column {column}: {_in_words(what)}")


def conditions_installed() -> bool:
    """Whether the extra `cel` is installed; looks at files, imports nothing."""
    return find_spec("cel_expr_python") is not None


def zone_named(name: str) -> tzinfo:
    """A time zone of the IANA database.

    Raises:
        ConditionError: there is none of that name, or the system has no such database.
    """
    if name == "UTC":  # known also where there is no database
        return UTC
    from zoneinfo import ZoneInfo, available_timezones  # noqa: PLC0415 - few conditions have one

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        known = available_timezones()
    if not known:
        raise ConditionError("this system has no time zones; install tzdata")
    raise ConditionError(f"unknown time zone {name!r}", closest(name, known))


def _in_words(what: str) -> str:
    """What the reader of CEL found wrong."""
    if overload := _OVERLOAD.match(what):
        operation, types = overload.groups()
        name = operation.strip("_@") if operation[0] in "_@!" else operation
        return f"`{name}` does not fit {types}"
    if what.startswith("Syntax error"):
        return "something is missing here, or stands where it may not"
    return what[:1].lower() + what[1:]


def _position(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - (text.rfind(chr(10), 0, at) + 1) + 1}"
