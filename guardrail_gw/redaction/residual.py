"""The last look at what is about to leave: no original may be in it."""

from collections.abc import Collection, Iterable

from guardrail_gw.errors import ResidualFound
from guardrail_gw.redaction.spellings import Spellings
from guardrail_gw.redaction.words import WholeWords


def refuse_residue(
    leaves: Iterable[tuple[str, str]], values: Collection[str], written: Collection[str]
) -> None:
    """Look for every value, in every usual spelling, in every text of the outgoing body.

    Args:
        leaves: text and place of each string of the body, keys and ids included.
        values: what must not leave.
        written: what stands for values now; its own words may equal one (`PERSON`).

    Raises:
        ResidualFound: names the place, never the value.
    """
    if not values:
        return
    protected = Spellings(values)
    ours: WholeWords | None = None  # rarely needed, and dear
    for text, place in leaves:
        if not protected.within(text):
            continue
        ours = ours or WholeWords(written)
        if protected.within(ours.without(text)):
            raise ResidualFound(
                f"a value that the policy protects was still at {place!r}; nothing was sent"
            )
