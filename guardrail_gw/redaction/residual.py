"""The last look at what is about to leave: no original may be in it."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import Head
from guardrail_gw.dialects.walk import every_text
from guardrail_gw.errors import BodyRefused, ResidualFound
from guardrail_gw.redaction.spellings import Clue, Spellings, likely
from guardrail_gw.redaction.words import WholeWords

_NO_CLUES: Final[Mapping[str, Clue]] = {}


def may_hold(
    outgoing: bytes,
    head: Head,
    values: Collection[str],
    clues: Mapping[str, Clue] = _NO_CLUES,
    known: Spellings | None = None,
) -> bool:
    """Whether a value may stand in what is about to leave.

    One pass over every text of the bytes themselves, whatever a dialect makes of it. Where it says
    no, there is none; where it says yes, a value may also equal a word of structure, or of a
    placeholder, and bytes that cannot be read for sure may hold anything.

    Args:
        outgoing: a body.
        head: what leaves besides it.
        values: what must not leave.
        clues: to some of them, where most are known to be elsewhere.
        known: what finds all values, if somebody has it.
    """
    try:
        texts = every_text(parse(outgoing))
    except BodyRefused:
        return True
    texts += (value for _, value in head.headers)
    if known is None:
        sought = likely(values, clues, texts)
        if not sought:
            return False
        known = Spellings(sought)
    return next(known.hits_among(texts), None) is not None


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
    seen = list(leaves)
    for index, _ in protected.hits_among([text for text, _ in seen]):
        text, place = seen[index]
        ours = ours or WholeWords(written)
        if protected.within(ours.without(text)):
            raise ResidualFound(
                f"a value that the policy protects was still at {place!r}; nothing was sent"
            )
