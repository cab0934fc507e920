"""Making YAML say something else in as few lines as can be: comments and layout stay as they are.

The text is not written anew from values. Where the wanted value differs, lines are added, removed
or replaced at the places that the parser gives, and the result is read again: if it does not say
exactly what is wanted, there is an error and no result.
"""

import contextlib
import json
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, pairwise, takewhile
from typing import Any, Final, TypeGuard, TypeVar

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from guardrail_gw.inject.refused import InjectError

_MAX_BYTES: Final = 8 << 20
_ANCHOR: Final = re.compile(r"&\S+\s+")


def loaded(text: str) -> object:
    """What a YAML document says, as Kubernetes' own tools read it.

    Raises:
        InjectError: it cannot be read, or has a key twice.
    """
    try:
        if len(text) <= _MAX_BYTES:
            return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
        problem = f"larger than {_MAX_BYTES} characters"
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark
        problem = f"line {at.line + 1 if at else '?'}: {error.problem}"
    except (yaml.YAMLError, ValueError, RecursionError):
        problem = "it holds what no text may hold"
    raise InjectError("inject.malformed", f"this is no YAML: {problem}")


def edited(text: str, wanted: object) -> str:
    """The text, changed to say what is wanted.

    Raises:
        InjectError: it is laid out in a way that cannot be edited.
    """
    there = loaded(text)
    editor = _Editor(text)
    if node := yaml.compose(text, Loader=yaml.SafeLoader):
        editor.make(node, there, wanted)
    made = editor.result()
    with contextlib.suppress(InjectError):
        if loaded(made) == wanted:
            return made
    raise InjectError(
        "inject.layout", "the document is laid out in a way that cannot be edited line by line"
    )


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: which one counts depends on who reads."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem="a key stands twice", problem_mark=key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Editor:
    """Collects changes of one text: from character, to character, new text."""

    def __init__(self, text: str) -> None:
        self._text = text if text.endswith("\n") else f"{text}\n"
        self._lines = self._text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._changes: list[tuple[int, int, str]] = []
        self._seen: set[int] = set()
        self._dumper = _Indented if _indents(self._lines) else yaml.SafeDumper

    def result(self) -> str:
        """The text with all changes; those at one place come in their order."""
        made, at = [], 0
        for start, end, new in sorted(self._changes, key=lambda change: change[:2]):
            made += [self._text[at:start], new]
            at = max(at, end)
        return "".join([*made, self._text[at:]])

    def make(self, node: Node, there: object, wanted: object) -> None:
        """Make a node say what is wanted; what an alias repeats is changed once."""
        if there == wanted or id(node) in self._seen:
            return
        self._seen.add(id(node))
        if _is_block(node, MappingNode) and isinstance(there, dict) and isinstance(wanted, dict):
            self._mapping(node, there, wanted)
        elif (
            _is_block(node, SequenceNode)
            and isinstance(there, list)
            and isinstance(wanted, list)
            and wanted
        ):
            self._sequence(node, there, wanted)
        else:
            self._replace(node, wanted)

    def _replace(self, node: Node, wanted: object) -> None:
        start, end = node.start_mark.index, node.end_mark.index
        if named := _ANCHOR.match(self._text, start, end):
            start = named.end()
        if _is_block(node, CollectionNode):
            end = self._starts[self._last(node) + 1] - 1
        line = bisect_right(self._starts, start) - 1
        ends_line = not self._text[end : self._starts[line + 1]].strip()
        if ends_line and isinstance(wanted, dict | list) and _is_empty(node):
            column = _margin(self._lines[line].replace("- ", "  ", 1)) + 2
            start -= len(self._text[:start]) - len(self._text[:start].rstrip(" "))
            self._changes.append((start, end, "\n" + self._block(wanted, column).rstrip()))
            return
        gap = " " if start == end else ""  # nothing stands behind the colon
        self._changes.append((start, end, gap + json.dumps(wanted)))

    def _mapping(
        self, node: MappingNode, there: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        written = {}
        for key, value in node.value:
            written[key.value] = value
            if key.value not in wanted and key.value in there:
                self._remove(key.start_mark.line, self._end_of_pair(key, value))
            elif key.value in there:
                self.make(value, there[key.value], wanted[key.value])
        new = {
            key: value
            for key, value in wanted.items()
            if key not in written and there.get(key, _ABSENT) != value
        }
        if new:
            column = node.value[0][0].start_mark.column
            self._insert(self._last(node) + 1, self._block(new, column))

    def _sequence(self, node: SequenceNode, there: Sequence[Any], wanted: Sequence[Any]) -> None:
        names = _names(wanted)
        items = dict(zip(_names(there), node.value, strict=True))
        for (name, item), value in zip(items.items(), there, strict=True):
            if name in names:
                self.make(item, value, wanted[names.index(name)])
            else:
                self._remove(self._dash(item), self._last(item))
        column = node.start_mark.column
        last: Node | None = None
        for name, value in zip(names, wanted, strict=True):
            if name in items:
                last = items[name]
            else:
                line = self._above(self._dash(node)) if last is None else self._last(last) + 1
                self._insert(line, self._block([value], column))

    def _dash(self, item: Node) -> int:
        """The line of an item's dash."""
        dash = self._text.rindex("-", 0, item.start_mark.index + 1)
        return bisect_right(self._starts, dash) - 1

    def _above(self, line: int) -> int:
        """The first of the comments that stand directly above a line."""
        above = reversed(self._lines[:line])
        return line - len(list(takewhile(lambda each: each.lstrip().startswith("#"), above)))

    def _end_of_pair(self, key: Node, value: Node) -> int:
        if value.start_mark.index < key.start_mark.index:  # an alias: the node is its anchor's
            return int(key.end_mark.line)
        return self._last(value)

    def _last(self, node: Node) -> int:
        """The last line that a node has something on."""
        if _is_block(node, MappingNode):
            return self._end_of_pair(*node.value[-1])
        if _is_block(node, SequenceNode):
            return self._last(node.value[-1])
        line = int(node.end_mark.line)
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            blanks = takewhile(lambda n: not self._lines[line - n].strip(), count(1))
            return line - 1 - len(list(blanks))
        return line

    def _remove(self, first: int, last: int) -> None:
        self._changes.append((self._starts[first], self._starts[last + 1], ""))

    def _insert(self, line: int, new: str) -> None:
        self._changes.append((self._starts[line], self._starts[line], new))

    def _block(self, value: object, column: int) -> str:
        dumped = yaml.dump(
            json.loads(json.dumps(value)),  # without aliases
            Dumper=self._dumper,
            sort_keys=False,
            default_flow_style=False,
            width=math.inf,
        )
        ends = "\r\n" if "\r\n" in self._text else "\n"
        return "".join(f"{' ' * column}{line}{ends}" for line in dumped.splitlines())


_ABSENT: Final = object()
_Kind = TypeVar("_Kind", bound=CollectionNode)


class _Indented(yaml.SafeDumper):
    """Lists stand further in than the key that has them, as in the text around."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        super().increase_indent(flow, False)  # noqa: FBT003 - ditto


def _indents(lines: Sequence[str]) -> bool:
    """Whether the first list of a text stands further in than its key."""
    for above, line in pairwise(lines):
        if above.rstrip().endswith(":") and line.lstrip().startswith("- "):
            return _margin(line) > _margin(above.replace("- ", "  ", 1))
    return False


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_block(node: Node, kind: type[_Kind]) -> TypeGuard[_Kind]:
    """Whether it is such a collection, laid out in lines of its own."""
    return isinstance(node, kind) and not node.flow_style and bool(node.value)


def _is_empty(node: Node) -> bool:
    """Whether nothing, `[]` or `{}` stands there."""
    return node.value in ("", []) and node.start_mark.line == node.end_mark.line


def _names(values: Iterable[object]) -> list[str]:
    """What the items of a list are known by; what is there twice is told apart by its turn."""
    seen: Counter[str] = Counter()
    names = []
    for name in map(_name, values):
        seen[name] += 1
        names.append(f"{seen[name]} {name}")
    return names


def _name(value: object) -> str:
    if isinstance(value, dict):
        named = value.get("metadata") if isinstance(value.get("metadata"), dict) else value
        if isinstance(named, dict) and isinstance(named.get("name"), str):
            return f"name {named['name']}"
    return json.dumps(value, sort_keys=True, default=str)
