"""The last look at what is about to leave: no original may be in it."""

from collections.abc import Collection, Iterable, Mapping

from guardrail_gw.errors import ResidualFound
from guardrail_gw.redaction.words import WholeWords


def refuse_residue(
    leaves: Iterable[tuple[str, str]], values: Collection[str], issued: Mapping[str, str]
) -> None:
    """Look for every value as a whole word in every text of the outgoing body.

    Args:
        leaves: text and place of each string of the body, keys and ids included.
        values: what must not leave.
        issued: placeholders, whose own words may equal a value (`PERSON`).

    Raises:
        ResidualFound: names the place, never the value.
    """
    if not values:
        return
    protected, ours = WholeWords(values), WholeWords(issued)
    for text, place in leaves:
        if protected.within(text) and protected.within(ours.without(text)):
            raise ResidualFound(
                f"a value that the policy protects was still at {place!r}; nothing was sent"
            )
