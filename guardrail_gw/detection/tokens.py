"""A text's tokens as the network takes them; what stands between white space is looked at once.

spaCy cuts a text at white space and nearly each part by itself. In a memory zone it remembers none
of the parts, and cutting takes a third of all the time for names. Here a part that was seen before
has the tokens that it had, until there are too many parts and all are forgotten.

Source: spaCy 3.8, `Tokenizer.__call__`: a single space behind a part is no token, other white space
is one.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

PARTS = 8_192
"""Parts that are remembered."""
LONGEST = 32
"""Code points of a part that is remembered: a longer one does not come again."""
_PARTS = re.compile(r"\S+|\s+")


class Tokens(NamedTuple):
    """The tokens of one text, as lists of the same length."""

    names: Sequence[bytes]
    """Each token's attributes: uint64, one behind the other."""
    spaces: Sequence[bool]
    """Whether it is white space."""
    places: Sequence[tuple[int, int]]
    """Where it begins and ends, in code points."""


class Tokenizer:
    """From a text to tokens, with the attributes that a network asks for.

    Args:
        nlp: a pipeline; its own tokenizer cuts.
        attributes: spaCy's names of them.
        remembered: so many parts.
    """

    def __init__(
        self, nlp: "Language", attributes: Sequence[str], *, remembered: int = PARTS
    ) -> None:
        self._nlp = nlp
        self._attributes: list[int | str] = [*attributes, "IS_SPACE"]
        self._remembered = remembered
        self._known: dict[str, Tokens] = {}
        rules: Any = getattr(nlp.tokenizer, "rules", None)
        self._is_in_parts = rules is not None and not any(map(_spans_parts, rules))
        """No exception to the rules holds white space between other characters."""
        self._held = _held_together(nlp.tokenizer) if self._is_in_parts else None

    def __call__(self, text: str) -> Tokens:
        """The tokens that spaCy makes of `text`."""
        if not self._is_in_parts:
            return self._cut(text)
        names: list[bytes] = []
        spaces: list[bool] = []
        places: list[tuple[int, int]] = []
        at = 0
        held = self._held
        cut = held.parts if held is not None and held.sign.search(text) else _PARTS
        for part in cut.findall(text):
            written = part[1:] if part[0] == " " and at else part
            end = at + len(part)
            if written:
                tokens = self._known.get(written) or self._new(written)
                names += tokens.names
                spaces += tokens.spaces
                at = end - len(written)
                places += [(at + start, at + stop) for start, stop in tokens.places]
            at = end
        return Tokens(names, spaces, places)

    def _new(self, part: str) -> Tokens:
        tokens = self._cut(part)
        if len(part) <= LONGEST:
            if len(self._known) >= self._remembered:
                self._known.clear()
            self._known[part] = tokens
        return tokens

    def _cut(self, text: str) -> Tokens:
        doc = self._nlp.make_doc(text)
        return tokens_of(doc, self._attributes)


def tokens_of(doc: "Doc", attributes: "list[int | str]") -> Tokens:
    """A document's tokens; the last of `attributes` is IS_SPACE and belongs to no name."""
    if not len(doc):
        return Tokens((), (), ())
    rows = np.asarray(doc.to_array(attributes), dtype=np.uint64).reshape(len(doc), -1)
    keys = np.ascontiguousarray(rows[:, :-1])
    names: list[bytes] = keys.view(f"V{keys.shape[1] * 8}").ravel().tolist()
    places = [(token.idx, token.idx + len(token)) for token in doc]
    return Tokens(names, rows[:, -1].astype(bool).tolist(), places)


class _Held(NamedTuple):
    """Parts that are cut together."""

    sign: re.Pattern[str]
    """Without it, a text has none; most have not."""
    parts: re.Pattern[str]


def _held_together(tokenizer: Any) -> _Held | None:  # noqa: ANN401 - any tokenizer with rules
    """The parts that may hold an exception together, so that each has its tokens of the text.

    spaCy looks for its exceptions in the tokens and sees no white space between them: in `) :)` the
    first two would be one, and what overlaps with them is none.
    """
    from spacy.tokenizer import Tokenizer as Plain  # noqa: PLC0415 - imported by then

    plain = Plain(
        tokenizer.vocab,
        prefix_search=tokenizer.prefix_search,
        suffix_search=tokenizer.suffix_search,
        infix_finditer=tokenizer.infix_finditer,
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
    )
    cut = ([token.text for token in plain(exception)] for exception in tokenizer.rules)
    begins: dict[str, set[str]] = {}
    for pieces in cut:
        for before, behind in pairwise(pieces):
            begins.setdefault(re.escape(before[-1]), set()).add(re.escape(behind[0]))
    if not begins:
        return None
    gaps = {end: rf"\s+(?=[{''.join(sorted(begins[end]))}])" for end in sorted(begins)}
    together = "|".join(f"(?<={end}){gap}" for end, gap in gaps.items())
    return _Held(
        sign=re.compile("|".join(end + gap for end, gap in gaps.items())),
        parts=re.compile(rf"\S+(?:(?:{together})\S+)*|\s+"),
    )


def _spans_parts(exception: str) -> bool:
    return len(exception.split()) > 1 or (
        exception != exception.strip() and bool(exception.strip())
    )
