"""Towns that nothing tells but where they stand: behind a street, its number and a comma.

In a text that a machine misread such a word is as often a trade, or what somebody died of. That a
model takes it for a place as well says nothing more, for it goes by the same.
"""

from collections.abc import Iterator, Sequence

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.misread import is_misread
from guardrail_gw.detection.rules.address_parts import LOCATION
from guardrail_gw.detection.rules.lists import places

_COMMA = ", "
_WITHIN = " -"
"""What else than letters such a name may hold."""


def towns_by_place(text: str, addresses: Sequence[Finding]) -> list[tuple[int, int]]:
    """Where such towns stand in a misread text, sorted; those of a list are not among them.

    Args:
        text: what was scanned.
        addresses: what the rule for addresses found in it.
    """
    towns = sorted(_unlisted(text, addresses))
    return towns if towns and is_misread(text) else []


def _unlisted(text: str, addresses: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    for part in addresses:
        name = text[part.start : part.end]
        if (
            part.entity == LOCATION
            and text.endswith(_COMMA, 0, part.start)
            and name not in places()
            and all(c.isalpha() or c in _WITHIN for c in name)
        ):
            yield part.start, part.end
