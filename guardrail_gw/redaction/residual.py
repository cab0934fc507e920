"""The last look at what is about to leave: no original may be in it."""

from collections.abc import Collection, Iterable, Mapping

from guardrail_gw.errors import ResidualFound
from guardrail_gw.redaction.words import whole_words


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
    pattern = whole_words(values)
    for text, place in leaves:
        if pattern.search(text) is not None and pattern.search(_without(text, issued)) is not None:
            raise ResidualFound(
                f"a value that the policy protects was still at {place!r}; nothing was sent"
            )


def _without(text: str, issued: Mapping[str, str]) -> str:
    """The text with a control character, which is part of no word, for every placeholder."""
    return whole_words(issued).sub("\0", text) if issued else text
