"""Files that an operator writes: YAML read without surprises, checked against a pydantic model.

YAML 1.2 core scalars only (`NO` is a string, `12:30` and `1_000` too), no aliases, anchors, tags,
directives, duplicate keys or second document; size and depth are bounded. Every fault becomes a
`ConfigError` that names file, line, column and field and, where one is near, the right spelling.

Source: YAML 1.2.2, 10.3.2 (core schema); PyYAML follows 1.1, so its resolvers are replaced.
"""

import contextlib
import hashlib
import json
import math
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Generic,
    NoReturn,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from guardrail_gw.errors import ConfigError

MAX_BYTES = 4 << 20
MAX_DEPTH = 32

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[str | int, ...]
"""Where a value stands in a document: keys and list positions from the top."""


class Strict(BaseModel):
    """Base of every model of a configuration file: no unknown field, no silent conversion."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, populate_by_name=False, defer_build=True
    )  # most models are parts of others, and of those the whole alone is ever read


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(Generic[Model]):
    """A document that holds to its model, with what is needed to point into it."""

    path: Path
    value: Model = field(repr=False)
    sha256: str
    """Hex digest of the file's bytes."""
    lines: Mapping[Loc, tuple[int, int]] = field(repr=False)
    """Line and column, both from 1, of each field."""

    def fault(self, loc: Loc, message: str, *, near: str | None = None) -> ConfigError:
        """An error at `loc`, to raise for what the model alone cannot check."""
        return ConfigError(_complaint(self.path, self.lines, loc, message + suggestion(near)))


def load(path: Path, model: type[Model]) -> Model:
    """Read `path` as a `model`.

    Raises:
        ConfigError: unreadable, not strict YAML, or not what the model asks for; names all faults.
    """
    return read(path, model).value


def load_json(path: Path, model: type[Model]) -> Model:
    """Read a JSON file of ours; what is wrong with it is said as of YAML, of which JSON is a part.

    Raises:
        ConfigError: as `load`.
    """
    with contextlib.suppress(ValidationError):
        checked: Model = _checker(model).validate_json(_bytes_of(path), strict=True)
        return checked
    return load(path, model)


def read(path: Path, model: type[Model]) -> Loaded[Model]:
    """Like `load`, and keep the digest and the line numbers."""
    data = _bytes_of(path)
    value, lines = _parsed(path, _text_of(path, data))
    try:
        # JSON mode: strict, but a list may become a tuple and a string an enum member.
        checked = _checker(model).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        complaints = _explained(path, lines, model, error)
    else:
        return Loaded(
            path=path, value=checked, sha256=hashlib.sha256(data).hexdigest(), lines=lines
        )
    # Outside the handler: pydantic's error holds the input, which may hold a secret.
    raise ConfigError("\n".join(complaints))


def forget() -> None:
    """Give back what checks documents, a megabyte and more; whoever reads another makes it anew."""
    _checker.cache_clear()


@cache
def _checker(model: type[Model]) -> TypeAdapter[Model]:
    """Not the model's own, which would be there for ever."""
    return TypeAdapter(model)


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a mistyped one, whatever its case; None when none is near."""
    folded = {each.casefold(): each for each in known}
    from difflib import get_close_matches  # noqa: PLC0415 - only who mistyped needs it

    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def suggestion(near: str | None) -> str:
    """The end of a message: the right spelling, if one is near."""
    return f"; did you mean {near!r}?" if near else ""


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes")
    return data


def _text_of(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"{path}:{line}: not UTF-8"
    raise ConfigError(problem)  # the decode error holds the whole file


_SlowLoader = yaml.SafeLoader
if TYPE_CHECKING:
    _QuickLoader = yaml.SafeLoader
else:
    # The same events by libyaml, twenty times as fast; its words for a fault are not those we show.
    _QuickLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CORE = {
    "null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "int": (
        re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
        list("-+0123456789"),
    ),
    "float": (
        re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
        list("-+.0123456789"),
    ),
}
_KINDS: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
"""First character -> the kinds that a plain scalar may be; of all others it is text."""
for _name, (_pattern, _first) in _CORE.items():
    for _each in _first:
        _KINDS.setdefault(_each, []).append((_name, _pattern))
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _parsed(path: Path, text: str) -> tuple[Any, dict[Loc, tuple[int, int]]]:
    """Plain values and where they stand."""
    if "\t" not in text:  # where a tab may stand is what the two readers differ about
        with contextlib.suppress(yaml.YAMLError, ConfigError):
            return _values(path, yaml.parse(text, Loader=_QuickLoader))
    # The slow reader says what is wrong; what it can read after all is read.
    try:
        return _values(path, yaml.parse(text, Loader=_SlowLoader))
    except yaml.MarkedYAMLError as error:
        where = _place(error.problem_mark or error.context_mark)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        problem = f"{path}{where}: not YAML: {said}"
    except yaml.YAMLError:
        problem = f"{path}: holds a character that YAML does not allow"
    raise ConfigError(problem)  # PyYAML's error quotes the line, which may hold a secret


def _values(path: Path, events: Iterator[Any]) -> tuple[Any, dict[Loc, tuple[int, int]]]:
    reader = _Reader(path=path, events=events)
    return reader.document(), reader.lines


def _place(mark: Any) -> str:  # noqa: ANN401 - one of two mark types of PyYAML
    """`:3:7`, or nothing where PyYAML gives no place."""
    return f":{mark.line + 1}:{mark.column + 1}" if mark else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Turns events into plain values, notes where each stands, and refuses what makes one guess.

    Nothing is composed: that would follow aliases, and look at each value once more.
    """

    path: Path
    events: Iterator[Any]
    """PyYAML's, of either of its readers."""
    lines: dict[Loc, tuple[int, int]] = field(default_factory=dict)

    def document(self) -> Any:  # noqa: ANN401 - a YAML value is anything
        """The one document."""
        found: list[Any] = []
        for event in self.events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if found:
                self._refuse(_at(event), (), "a second document (`---`); write one per file")
            if event.version or event.tags:
                self._refuse(_at(event), (), "a directive (`%`) is not accepted")
            found.append(self._value(next(self.events), ()))
        if not found:
            raise ConfigError(f"{self.path}: empty")
        return found[0]

    def _value(self, event: Any, loc: Loc) -> Any:  # noqa: ANN401 - an event, and a value of any kind
        at = _at(event)
        self._check(event, at)
        self.lines.setdefault(loc, at)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, at, loc)
        if len(loc) >= MAX_DEPTH:
            self._refuse(at, (), f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(loc)
        return [self._value(each, (*loc, i)) for i, each in enumerate(self._items())]

    def _items(self) -> Iterator[Any]:
        """What begins each item, until the sequence or the mapping ends."""
        for event in self.events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _check(self, event: Any, at: tuple[int, int]) -> None:  # noqa: ANN401 - ditto
        if event.anchor:
            text = "anchors and aliases (`&`, `*`) are not accepted; quote a `*` that is text"
            self._refuse(at, (), text)
        if event.tag:
            self._refuse(at, (), "tags (`!`) are not accepted; quote a `!` that is text")

    def _mapping(self, loc: Loc) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._items():
            at = _at(event)
            key = self._key(event, at, loc)
            if key in found:
                first = self.lines[(*loc, key)][0]
                self._refuse(at, (*loc, key), f"given twice; first in line {first}")
            self.lines[(*loc, key)] = at
            found[key] = self._value(next(self.events), (*loc, key))
        return found

    def _key(self, event: Any, at: tuple[int, int], loc: Loc) -> str:  # noqa: ANN401 - ditto
        self._check(event, at)
        key = self._scalar(event, at, loc) if isinstance(event, yaml.ScalarEvent) else None
        if not isinstance(key, str):
            self._refuse(at, loc, "a key must be text; quote it")
        return key

    def _scalar(
        self, event: yaml.ScalarEvent, at: tuple[int, int], loc: Loc
    ) -> str | int | float | bool | None:
        text: str = event.value
        kind = _kind(text) if event.implicit[0] else "str"
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            return self._number(text, kind, at, loc)
        if _SURROGATE.search(text):
            self._refuse(at, loc, "not valid Unicode (a lone surrogate)")
        return text

    def _number(self, text: str, kind: str, at: tuple[int, int], loc: Loc) -> int | float:
        if len(text) > 40:  # noqa: PLR2004 - no field needs 40 digits; int() of thousands is slow
            self._refuse(at, loc, "a number too long to be meant")
        if kind == "int":
            # 1.2 knows 0o and 0x; a leading zero means nothing
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        number = float(text)
        if not math.isfinite(number):
            self._refuse(at, loc, "a number too large")
        return number

    def _refuse(self, at: tuple[int, int], loc: Loc, message: str) -> NoReturn:
        raise ConfigError(f"{self.path}:{at[0]}:{at[1]}: {dotted(loc)}{message}")


def _at(event: Any) -> tuple[int, int]:  # noqa: ANN401 - ditto
    """Line and column, both from 1."""
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _kind(text: str) -> str:
    """What a plain scalar is, by the core schema."""
    for kind, pattern in _KINDS.get(text[:1], ()):
        if pattern.match(text):
            return kind
    return "str"


def dotted(loc: Loc) -> str:
    """`spec.match.tenant[0]: `, or nothing at the top."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{text.removeprefix('.')}: " if text else ""


def _complaint(path: Path, lines: Mapping[Loc, tuple[int, int]], loc: Loc, message: str) -> str:
    """One fault; the nearest enclosing field that stands in the file gives the line."""
    cut = next(n for n in range(len(loc), -1, -1) if loc[:n] in lines)
    line, column = lines[loc[:cut]]
    return f"{path}:{line}:{column}: {dotted(loc)}{message}"


def _explained(
    path: Path, lines: Mapping[Loc, tuple[int, int]], model: type[BaseModel], error: ValidationError
) -> list[str]:
    """Pydantic's faults in our words, one line per place; of the input only mistyped names show."""
    places: dict[Loc, list[str]] = {}
    for each in error.errors(include_url=False):
        loc = _shown(each["loc"], lines, absent=each["type"] == "missing")
        places.setdefault(loc, []).append(_said(model, loc, each))
    complaints = []
    for loc, messages in places.items():
        # several at one place are the ways a value may be written; one that came near says it best
        near = [m for m in messages if "did you mean" in m]
        complaints.append(_complaint(path, lines, loc, " or ".join((near or messages)[:3])))
    return complaints


def _shown(loc: Loc, lines: Mapping[Loc, tuple[int, int]], *, absent: bool) -> Loc:
    """The place as it stands in the file: without pydantic's names for the ways to read a value."""
    shown: Loc = ()
    for part in loc:
        if (*shown, part) in lines:
            shown = (*shown, part)
    return (*shown, loc[-1]) if absent else shown


_PLAIN = {
    "missing": "missing",
    "tuple_type": "must be a list, `[...]`",
    "list_type": "must be a list, `[...]`",
    "frozen_set_type": "must be a list, `[...]`",
    "dict_type": "must hold fields, `name: value`",
    "model_type": "must hold fields, `name: value`",
    "string_type": "must be text; quote it",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "bool_type": "must be true or false",
}


def _said(model: type[BaseModel], loc: Loc, error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """One fault, without its place."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown field" + suggestion(closest(str(loc[-1]), _names_at(model, loc[:-1])))
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "too_short":
        return f"needs at least {context['min_length']} item(s)"
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if kind in ("enum", "literal_error") and isinstance(error["input"], str):
        expected = re.findall(r"'([^']*)'", context["expected"])
        message += f", not {error['input']!r}" + suggestion(closest(error["input"], expected))
    return message


def _names_at(model: type[BaseModel], loc: Loc) -> list[str]:
    """The field names that may stand at `loc`."""
    types_here: list[Any] = [model]
    for part in loc:
        types_here = [t for each in types_here for t in _below(each, part)] or types_here
    models = [m for each in types_here for m in _models(each)]
    return [info.alias or name for m in models for name, info in m.model_fields.items()]


def _below(annotation: Any, part: str | int) -> list[Any]:  # noqa: ANN401 - any annotation
    """What stands below one step into a value of this type."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return [t for each in args for t in _below(each, part)]
    if origin is Annotated:
        return _below(args[0], part)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return [info.annotation for name, info in fields if part in (name, info.alias)]
    if origin is not None and args:
        return [args[-1] if origin in (dict, Mapping) else args[0]]
    return []


def _models(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """The pydantic models a value of this type may be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return [m for each in get_args(annotation) for m in _models(each)]
    return []
