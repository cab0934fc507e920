"""Second readings of a text: values that stand in it in another form than their own.

Each reading is looked through by rules only, and only a finding that is sure and that touches what
was rewritten counts: the rest was seen in the first reading.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.normalise.blobs import blobs
from guardrail_gw.detection.normalise.escapes import unprinted
from guardrail_gw.detection.normalise.layer import Layer
from guardrail_gw.detection.normalise.normalise import normalise
from guardrail_gw.detection.normalise.spaced import joined
from guardrail_gw.detection.normalise.spoken import spelt
from guardrail_gw.detection.rules.window import Whole

SURE = 0.75
"""What a check of one in a hundred, or a form that nothing else has, is worth (rules/rule.py)."""
REACH = 192
"""Code points on either side of a change that are read anew: a value and the words beside it."""
_READINGS: tuple[Callable[[str], Layer | None], ...] = (joined, spelt, unprinted)

Find = Callable[[str], Iterable[Finding]]


def hidden(whole: Whole, find: Find) -> Iterator[Finding]:
    """Yield what `find` sees in the second readings of a text, in places of that text."""
    text = whole.text
    for reading in _READINGS:
        layer = reading(text)
        if layer is not None:
            yield from _in_layer(layer, find)
    for start, end, decoded in blobs(text, whole.stretches):
        sure = [found for found in find(normalise(decoded).text) if found.score >= SURE]
        if sure:
            yield replace(max(sure, key=lambda found: found.score), start=start, end=end)


def _in_layer(layer: Layer, find: Find) -> Iterator[Finding]:
    for start, end in layer.around(REACH):
        for found in find(layer.text[start:end]):
            if found.score >= SURE and layer.differs(start + found.start, start + found.end):
                moved = replace(found, start=start + found.start, end=start + found.end)
                yield layer.original(moved)
