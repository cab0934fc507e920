"""The copy of a text that detectors read, and the way back to the original.

People and programs hide values, by intent or by accident: zero-width characters inside a name, a
full-width `@`, Cyrillic letters within a Latin word, `%2540` in an address. Detectors see a copy in
which that is undone; findings are mapped back so that they cover whole original characters.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.normalise.escapes import may_be_escaped, unescaped
from guardrail_gw.detection.normalise.layer import Layer
from guardrail_gw.detection.normalise.letters import (
    folded,
    without_controls,
    without_look_alikes,
)

_PLAIN = bytes(
    code
    for code in range(128)
    if (chr(code).isprintable() or chr(code) in "\t\n\v\f\r") and not may_be_escaped(chr(code))
)
"""ASCII that stays as it is."""
NESTED = 3
"""How often escapes within escapes are undone: `&amp;#64;`, `%2540`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """A text as detectors read it."""

    text: str = field(repr=False)
    layers: tuple[Layer, ...] = ()
    """What was rewritten, one layer upon the other; none when nothing was."""

    def originals(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        """The same findings, in code points of the original text."""
        return map(self.original, findings) if self.layers else findings

    def original(self, finding: Finding) -> Finding:
        """The same finding, in code points of the original text."""
        for layer in reversed(self.layers):
            finding = layer.original(finding)
        return finding


def normalise(text: str) -> Normalised:
    """Make the copy; most texts are their own."""
    if text.isascii() and not text.encode().translate(None, _PLAIN):
        return Normalised(text=text)  # no step below would do anything
    copy = _upon(Normalised(text=text), without_controls)
    for _ in range(NESTED):
        before = copy
        copy = _upon(_upon(copy, unescaped), folded)
        if copy is before:
            break
    return _upon(copy, without_look_alikes)


def _upon(copy: Normalised, step: Callable[[str], Layer | None]) -> Normalised:
    layer = step(copy.text)
    return copy if layer is None else Normalised(text=layer.text, layers=(*copy.layers, layer))
