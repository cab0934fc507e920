"""A message whose strings were noted, and the same message with some of them replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.body import KEY, Document, Path, rewrite
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.core.text import Segment
from guardrail_gw.dialects.mcp.base64_text import Encoding
from guardrail_gw.dialects.mcp.content import MessageWalk
from guardrail_gw.dialects.walk import Layer, Shape

_MESSAGE: Final = Layer(Document(b"", None))
"""The outermost layer of every message, whose value is at hand as it was parsed."""
_HERE: Final = object()
"""In a tree of edits: what is to stand at this very place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A message, and where each of its segments stands."""

    value: Any = field(repr=False)
    segments: tuple[Segment, ...] = field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    layers: tuple[Layer, ...] = field(repr=False, default=())
    targets: tuple[tuple[int, Path], ...] = field(repr=False, default=())
    encoded: Mapping[tuple[int, Path], Encoding] = field(repr=False, default_factory=dict)

    def rewritten(self, replacements: Mapping[int, str]) -> Any:  # noqa: ANN401 - JSON
        """The message with `replacements[i]` in the place of `segments[i]`; this one stays."""
        return edited(self.value, self.edits(replacements)) if replacements else self.value

    def edits(self, replacements: Mapping[int, str]) -> dict[Path, str]:
        """Edits of the message itself; those within strings folded in, innermost first."""
        edits: list[dict[Path, str]] = [{} for _ in self.layers]
        for index, text in replacements.items():
            layer, path = self.targets[index]
            edits[layer][path] = self._written(layer, path, text)
        for at in range(len(self.layers) - 1, 0, -1):  # an inner layer comes after its outer one
            if edits[at]:
                inner = self.layers[at]
                text = rewrite(inner.document, edits[at]).decode()
                edits[inner.outer][inner.path] = self._written(inner.outer, inner.path, text)
        return edits[0]

    def at(self, index: int) -> Path | None:
        """Where in the message itself a segment stands; None where that is within a string."""
        layer, path = self.targets[index]
        return path if layer == 0 and (0, path) not in self.encoded else None

    def _written(self, layer: int, path: Path, text: str) -> str:
        encoding = self.encoded.get((layer, path))
        return text if encoding is None else encoding.written(text)


def marked(value: Any, shape: Shape, place: str = "") -> Marked:  # noqa: ANN401 - JSON
    """Note every string of a message that its shape does not know to be structure.

    Raises:
        BodyRefused: it cannot be looked at in full.
    """
    walk = MessageWalk(layers=[_MESSAGE])
    shape(walk, value, (), place)
    return Marked(
        value=value,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        layers=tuple(walk.layers),
        targets=tuple(walk.targets),
        encoded=walk.encoded,
    )


def edited(value: Any, edits: Mapping[Path, str]) -> Any:  # noqa: ANN401 - JSON
    """Parsed JSON with strings, numbers or keys replaced; what is not on the way is shared."""
    tree: dict[Any, Any] = {}
    for path, text in edits.items():
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        node[_HERE] = text
    return _grown(value, tree)


def at_path(value: Any, path: Sequence[Any]) -> Any:  # noqa: ANN401 - JSON
    """What stands there."""
    for step in path:
        value = value[step]
    return value


def _grown(value: Any, tree: Mapping[Any, Any]) -> Any:  # noqa: ANN401 - JSON
    if _HERE in tree:
        return _like(value, tree[_HERE])
    if type(value) is dict:
        return dict(_member(key, each, tree.get(key)) for key, each in value.items())
    if type(value) is list:
        return [_grown(each, tree[i]) if i in tree else each for i, each in enumerate(value)]
    return value


def _member(key: str, value: Any, tree: Mapping[Any, Any] | None) -> tuple[str, Any]:  # noqa: ANN401 - JSON
    if tree is None:
        return key, value
    renamed = tree.get(KEY)
    return (key if renamed is None else renamed[_HERE]), _grown(value, tree)


def _like(value: Any, text: str) -> Any:  # noqa: ANN401 - JSON
    """A number stays one where it can: typed placeholders of numbers are numbers."""
    is_number = type(value) in (int, float)
    return int(text) if is_number and text.lstrip("-").isdigit() and text.isascii() else text
