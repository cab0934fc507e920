"""The walker: every string of a body becomes a segment unless a shape knows it to be structure.

A shape says what a place of the wire format may hold. What fits no shape is free-form: its strings
are prose, its object keys are identifiers that a person may have chosen, and its long integers may
be card or telephone numbers. Strings that hold a JSON object or array are walked as what they hold.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.body import KEY, MAX_STRINGS, Document, Path, parse
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Named, Recall
from guardrail_gw.core.text import Segment, SegmentKind
from guardrail_gw.dialects.media import embedded, is_opaque
from guardrail_gw.errors import BodyRefused

MAX_NESTING: Final = 4
"""How often JSON may be wrapped in a string of JSON."""

_MOST: Final = sys.float_info.max
_LEAST: Final = -_MOST
"""Integers of more digits are read without loss by some, and not at all by others."""
_LONG_INTEGER: Final = 1_000_000
"""Integers of seven digits and more can be telephone, card or identity numbers."""
_LONG_SETTING: Final = 10**10
"""Seeds have up to ten digits; in a setting only longer numbers are looked at."""
_LONG_FRACTION: Final = 10**11
"""A number with a fraction is a time in seconds, say; one that long is looked at all the same."""
_NUMBERS: Final = (int, float)
_WHITE: Final = " \t\r\n"
_OPENING: Final = frozenset("{[" + _WHITE)
"""What a string begins with that may hold JSON."""

PROSE: Final = SegmentKind.PROSE
IDENTIFIER: Final = SegmentKind.KEY

Shape = Callable[["Walk", Any, Path, str], None]
"""Takes the walk, a value, its path and its place."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One JSON text: the body itself, or a string within an outer layer."""

    document: Document = field(repr=False)
    outer: int = -1
    """Index of the layer that holds it; -1 for the body."""
    path: Path = ()
    """Where in the outer layer."""


@dataclass(slots=True)
class Walk:
    """What one walk over a body collects."""

    layers: list[Layer]
    segments: list[Segment] = field(default_factory=list)
    targets: list[tuple[int, Path]] = field(default_factory=list)
    """Layer and path of each segment."""
    attachments: list[Attachment] = field(default_factory=list)
    fixed: list[tuple[str, str]] = field(default_factory=list, repr=False)
    """Text and place of ids taken for structure: not scanned, but part of the residual check."""
    files: list[Recall] = field(default_factory=list)
    """Files at a provider that are named."""
    asked: dict[Feature, str] = field(default_factory=dict)
    """What content asks of a provider beyond an answer -> place; not the top-level members."""
    kept: list[Named] = field(default_factory=list)
    """What content names of what a provider keeps, and nobody here has seen."""
    layer: int = 0

    def add(self, text: str, kind: SegmentKind, path: Path, place: str) -> None:
        """Note one segment."""
        if len(self.segments) >= MAX_STRINGS:
            raise BodyRefused(
                f"the body holds more than {MAX_STRINGS} strings", code="body.too_many_segments"
            )
        self.segments.append(Segment(text=text, kind=kind, place=place))
        self.targets.append((self.layer, path))

    def text(self, text: str, kind: SegmentKind, path: Path, place: str) -> None:
        """Take one string that is not structure."""
        if not text:
            return
        if text[0] in _OPENING and self._nested(text, path, place):
            return
        media = embedded(text)
        if media is not None:
            self.attachments.append(Attachment(media=media, place=place))
            if is_opaque(text):
                return
        self.add(text, kind, path, place)

    def _nested(self, text: str, path: Path, place: str) -> bool:
        """Walk a string that holds a JSON object or array; no if it does not."""
        document = _inside(text, place)
        if document is None:
            return False
        outer, self.layer = self.layer, len(self.layers)
        self.layers.append(Layer(document, outer, path))
        if self._nesting() > MAX_NESTING:
            raise BodyRefused(
                f"JSON within strings nests deeper than {MAX_NESTING} levels at {place!r}",
                code="body.too_deep",
            )
        free(self, document.value, (), place)
        self.layer = outer
        return True

    def _nesting(self) -> int:
        depth, at = 0, self.layer
        while at > 0:
            depth, at = depth + 1, self.layers[at].outer
        return depth


def _inside(text: str, place: str = "") -> Document | None:
    """The document in a string, if it holds one; programs write `NaN` there, and others read it."""
    bare = text.strip(_WHITE)
    if bare[:1] + bare[-1:] not in ("{}", "[]"):
        return None
    try:
        return parse(text.encode(), has_constants=True)
    except BodyRefused as refusal:
        if refusal.code == "body.not_json":
            return None
        # A provider may read what we refuse to, so it cannot pass as prose.
        raise BodyRefused(
            f"the JSON in the string at {place!r} cannot be read", code=refusal.code
        ) from None


def free(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Anything at all; nothing of it is structure."""
    if type(value) is str:
        walk.text(value, PROSE, path, place)
    elif type(value) is dict:
        within = f"{place}/*"
        for key, member in value.items():
            at = (*path, key)
            if key:
                walk.add(key, IDENTIFIER, (*at, KEY), within)
            free(walk, member, at, within)
    elif type(value) is list:
        for index, item in enumerate(value):
            free(walk, item, (*path, index), f"{place}/{index}")
    elif type(value) in _NUMBERS and _is_long(value):
        walk.add(str(int(value)), IDENTIFIER, path, place)  # a card number may be written 4.1e15


def every_text(document: Document, *, nesting: int = MAX_NESTING) -> list[str]:
    """Every text of a body, structure or not: keys, strings, long numbers; of no place.

    A superset, in one quick pass, of what any dialect's walk over the body would note: strings that
    hold JSON are walked as what they hold here, too.

    Raises:
        BodyRefused: as a walk would.
    """
    texts: list[str] = []
    todo: list[Any] = [document.value]
    for value in todo:  # grows
        if type(value) is str:
            inner = _inside(value) if value[:1] in _OPENING else None
            if inner is None:
                texts.append(value)
            elif nesting:
                texts += every_text(inner, nesting=nesting - 1)
            else:
                raise BodyRefused("JSON within strings nests too deep", code="body.too_deep")
        elif type(value) is dict:
            texts += value
            todo += value.values()
        elif type(value) is list:
            todo += value
        elif type(value) in _NUMBERS and _is_long(value):
            texts.append(str(int(value)))
    return texts


def _is_long(value: float) -> bool:
    if not _LEAST <= value <= _MOST:  # 1e999: readers disagree on what it is
        raise BodyRefused("a number is larger than any number can be", code="body.not_json")
    return abs(value) >= (_LONG_INTEGER if value == value // 1 else _LONG_FRACTION)


def name(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """An identifier that the caller chose: rules run on it, named-entity recognition does not."""
    if type(value) is str:
        walk.text(value, IDENTIFIER, path, place)
    else:
        free(walk, value, path, place)


def kept(what: str) -> Shape:
    """The name of something that a provider keeps: scanned, and for the policy to allow.

    Args:
        what: `prompt`, `vector store`.
    """

    def shape(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is str:
            walk.kept.append(Named(what=what, id=value, place=place))
        name(walk, value, path, place)

    return shape


def number(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A number of the wire format: a seed, a limit. A longer one could be anything."""
    if type(value) is not int or not -_LONG_SETTING < value < _LONG_SETTING:
        free(walk, value, path, place)


def one_of(*allowed: str) -> Shape:
    """A string of a closed set; any other is prose."""
    known = frozenset(allowed)

    def shape(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is not str or value not in known:
            free(walk, value, path, place)

    return shape


def many(item: Shape) -> Shape:
    """A list of one shape, or a single one."""

    def shape(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is list:
            for index, entry in enumerate(value):
                item(walk, entry, (*path, index), f"{place}/{index}")
        else:
            item(walk, value, path, place)

    return shape


def record(members: Mapping[str, Shape]) -> Shape:
    """An object whose named members have shapes; others are free-form, their keys too."""

    def shape(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is not dict:
            free(walk, value, path, place)
            return
        for key, member in value.items():
            inner = members.get(key)
            if inner is not None:
                inner(walk, member, (*path, key), f"{place}/{key}")
            else:
                free(walk, {key: member}, path, place)

    return shape


def named(inner: Callable[[], Shape]) -> Shape:
    """An object with free-form keys and members of one shape (given late: shapes may recur)."""

    def shape(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
        if type(value) is not dict:
            inner()(walk, value, path, place)
            return
        for key, member in value.items():
            at = (*path, key)
            if key:
                walk.add(key, IDENTIFIER, (*at, KEY), f"{place}/*")
            inner()(walk, member, at, f"{place}/*")

    return shape
