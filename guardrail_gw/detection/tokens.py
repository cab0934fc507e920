"""A text's tokens as the network takes them; what stands between white space is looked at once.

spaCy cuts a text at white space and nearly each part by itself. In a memory zone it remembers none
of the parts, and cutting takes a third of all the time for names. Here a part that was seen before
has the tokens that it had, until there are too many parts and all are forgotten, and a new one is
cut by `cutting.py`, unless it may hold one of the tokenizer's exceptions.

Source: spaCy 3.8, `Tokenizer.__call__`: a single space behind a part is no token, other white space
is one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from guardrail_gw.detection.cutting import Cutter

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

PARTS = 8_192
"""Parts that are remembered."""
LONGEST = 32
"""Code points of a part that is remembered: a longer one does not come again."""
_BLANK = r"(?:(?<=\S) (?=\S))?"
"""The blank before a part, which is no token, is looked at with it."""
_PARTS = re.compile(rf"{_BLANK}\S+|\s+")


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
        self._cutter = _cutter(nlp, attributes) if self._is_in_parts else None

    def __call__(self, text: str) -> Tokens:
        """The tokens that spaCy makes of `text`."""
        if not self._is_in_parts:
            return self._cut(text)
        held = self._held
        cut = held.parts if held is not None and held.sign.search(text) else _PARTS
        parts: list[str] = cut.findall(text)
        known = self._known
        found = [known.get(part) or self._new(part) for part in parts]
        if text[:1] == " ":  # at the beginning it is a token, as nothing stands before it
            found[0] = _ending(self._cut(parts[0]), len(parts[0]))
        return Tokens(
            list(chain.from_iterable(map(_NAMES, found))),
            list(chain.from_iterable(map(_SPACES, found))),
            [
                (end + start, end + stop)
                for end, places in zip(
                    accumulate(map(len, parts)), map(_PLACES, found), strict=True
                )
                for start, stop in places
            ],
        )

    def _new(self, part: str) -> Tokens:
        """A part's tokens, and their places before its end."""
        written = part.removeprefix(" ")
        tokens = _ending(self._quickly(written) or self._cut(written), len(written))
        if len(part) <= LONGEST:
            if len(self._known) >= self._remembered:
                self._known.clear()
            self._known[part] = tokens
        return tokens

    def _quickly(self, part: str) -> Tokens | None:
        """The tokens of a part without white space and exceptions."""
        if self._cutter is None or not part or any(map(str.isspace, part)):
            return None
        written = self._cutter(part)
        if written is None:
            return None
        ends = list(accumulate(len(token.text) for token in written))
        places = list(pairwise((0, *ends)))
        return Tokens([token.name for token in written], [False] * len(written), places)

    def _cut(self, text: str) -> Tokens:
        doc = self._nlp.make_doc(text)
        return tokens_of(doc, self._attributes)


_NAMES, _SPACES, _PLACES = map(itemgetter, range(3))


def _ending(tokens: Tokens, length: int) -> Tokens:
    """The tokens of a part, with their places before its end."""
    places = [(start - length, stop - length) for start, stop in tokens.places]
    return Tokens(tokens.names, tokens.spaces, places)


def _cutter(nlp: "Language", attributes: Sequence[str]) -> Cutter | None:
    """None where another tokenizer than spaCy's own cuts, or words lack an attribute."""
    from spacy.attrs import IDS  # noqa: PLC0415 - imported by then
    from spacy.tokenizer import Tokenizer as Plain  # noqa: PLC0415 - ditto

    vocabulary: Any = nlp.vocab
    made = vocabulary.lex_attr_getters
    if type(nlp.tokenizer) is not Plain or any(IDS.get(each) not in made for each in attributes):
        return None
    return Cutter(nlp, attributes)


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
            begins.setdefault(before[-1], set()).add(behind[0])
    if not begins:
        return None
    return _Held(
        sign=re.compile(
            rf"{_any(begins)}(?=\s+{_any(set().union(*begins.values()))}){_gap(begins)}"
        ),
        parts=re.compile(rf"{_BLANK}\S+(?:{_gap(begins)}\S+)*|\s+"),
    )


def _gap(begins: Mapping[str, set[str]]) -> str:
    """A pattern of the white space between an end and what may go on behind it."""
    ends: dict[str, list[str]] = {}
    for end, behind in begins.items():
        ends.setdefault(_any(behind), []).append(end)
    gaps = (rf"(?<={_any(alike)})\s+(?={behind})" for behind, alike in sorted(ends.items()))
    return f"(?:{'|'.join(gaps)})"


def _any(characters: Iterable[str]) -> str:
    return f"[{''.join(sorted(map(re.escape, characters)))}]"


def _spans_parts(exception: str) -> bool:
    return len(exception.split()) > 1 or (
        exception != exception.strip() and bool(exception.strip())
    )
