"""A part of a text cut into tokens as spaCy cuts it, without a document.

A number, an address or a name that nobody wrote before costs spaCy a document, a word of its
vocabulary with 15 attributes for each token, and the memory of both. Here the tokenizer's own
patterns cut it, and of a token only the attributes that are asked for are made.

Source: spaCy 3.8, `Tokenizer._split_affixes`, `_attach_tokens` and `_apply_special_cases`,
`Vocab._new_lexeme`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from spacy.language import Language

_Search = Callable[[str], "re.Match[str] | None"]


class Written(NamedTuple):
    """One token: its text, and its attributes as uint64, one behind the other."""

    text: str
    name: bytes


class Cutter:
    """Cuts what holds no white space and none of a tokenizer's exceptions.

    Args:
        nlp: its tokenizer is spaCy's own.
        attributes: spaCy's names of those that a token's name consists of; words have them.
    """

    def __init__(self, nlp: "Language", attributes: Sequence[str]) -> None:
        tokenizer: Any = nlp.tokenizer
        self._prefix: _Search | None = tokenizer.prefix_search
        self._suffix: _Search | None = tokenizer.suffix_search
        self._infixes: Callable[[str], Iterator[re.Match[str]]] | None = tokenizer.infix_finditer
        self._whole: list[_Search] = [tokenizer.token_match] if tokenizer.token_match else []
        self._address: _Search | None = tokenizer.url_match
        self._named = _namer(nlp, attributes)
        self._exceptions: frozenset[str] = frozenset()
        cut = [self._cut(exception) or [] for exception in tokenizer.rules]
        self._exceptions = frozenset(tokenizer.rules)
        self._begun: dict[str, list[list[str]]] = {}
        """What an exception is cut into, by the first of it."""
        for pieces in cut:
            self._begun.setdefault(pieces[0] if pieces else "", []).append(pieces)

    def __call__(self, part: str) -> list[Written] | None:
        """The tokens of a part; None when one of the exceptions may stand in it."""
        tokens = self._cut(part)
        if tokens is None or self._holds_exception(tokens):
            return None
        return [Written(token, self._named(token)) for token in tokens]

    def _holds_exception(self, tokens: Sequence[str]) -> bool:
        """Whether neighbouring tokens together are one, or one alone is."""
        return any(
            tokens[at : at + len(pieces)] == pieces
            for at, token in enumerate(tokens)
            for pieces in self._begun.get(token, ())
        )

    def _cut(self, part: str) -> list[str] | None:
        """What stands before, in and behind the part; None when an exception is left of it."""
        before: list[str] = []
        behind: list[str] = []
        rest, size = part, -1
        while rest and len(rest) != size and not self._is_whole(rest):
            size = len(rest)
            first, last = self._affixes(rest)
            if not self._exceptions.isdisjoint((rest, rest[first:], rest[: size - last])):
                return None
            before += [rest[:first]] * bool(first)
            behind += [rest[size - last :]] * bool(last)
            rest = rest[first : size - last]
        return [*before, *self._inner(rest), *reversed(behind)]

    def _affixes(self, text: str) -> tuple[int, int]:
        """How long what is cut off at the beginning is, and what is cut off at the end."""
        first = _length(self._prefix, text)
        return first, _length(self._suffix, text[first:])

    def _is_whole(self, text: str) -> bool:
        return any(match(text) for match in self._whole)

    def _inner(self, text: str) -> Iterator[str]:
        """What is left between, cut at its infixes unless it is one word."""
        at = 0
        if text and not self._is_whole(text) and not (self._address and self._address(text)):
            for infix in self._infixes(text) if self._infixes else ():
                start, end = infix.span()
                if start:
                    yield from filter(None, (text[at:start], text[start:end]))
                    at = end
        if at < len(text):
            yield text[at:]


def _length(search: _Search | None, text: str) -> int:
    match = search(text) if search else None
    return match.end() - match.start() if match else 0


def _namer(nlp: "Language", attributes: Sequence[str]) -> Callable[[str], bytes]:
    """From a token's text to its name."""
    from spacy.attrs import IDS  # noqa: PLC0415 - imported by then
    from spacy.strings import get_string_id  # noqa: PLC0415 - ditto

    vocabulary: Any = nlp.vocab
    makers = [vocabulary.lex_attr_getters[IDS[attribute]] for attribute in attributes]
    pack = Struct(f"={len(makers)}Q").pack
    return lambda text: pack(*[get_string_id(maker(text)) for maker in makers])
