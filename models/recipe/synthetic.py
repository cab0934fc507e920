"""Synthetic training text: prompt-shaped documents from our own templates, in many languages.

A document is a mail, a form, a chat, a record, a few sentences or one bare value; about two in
five have no personal data at all (code, JSON, Markdown, plain prompts). A part of the documents
is spoilt on purpose: lower case, lost letters, missing full stops, doubled blanks.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from models.recipe.pools import LOCALES, Lists
from models.recipe.slots import (
    FOLDER,
    Marked,
    expand,
    fill,
    join,
    prefixed,
    read_blocks,
    read_language,
    read_lines,
)
from models.recipe.values import Values

WEIGHTS = {"en": 9.0, "de": 2.2, "fr": 2.2, "es": 2.0}
"""How often a language is generated, relative to the others at 1."""

_SPOILT = {"lower": 9, "upper": 3, "title": 3, "typed": 5, "bare": 4, "quoted": 3, "left": 73}
"""How documents are spoilt, in per cent: `bare` is lower case without punctuation, `left` not."""


class Writer:
    """Writes synthetic documents in one language."""

    def __init__(self, lang: str, lists: Lists, rng: random.Random) -> None:
        """Load the templates of `lang`; `rng` decides everything."""
        self._rng = rng
        self._sections = read_language(lang)
        self._records = read_lines("record")
        self._code = read_blocks("code")
        self._values = Values(lang, self._sections, lists, rng)

    def document(self) -> Marked:
        """One document."""
        makers = {
            self._sentences: 26,
            self._mail: 13,
            self._form: 9,
            self._record: 15,
            self._mixed: 10,
            self._plain: 17,
            self._snippet: 10,
        }
        if "document" in self._sections:
            makers[self._document] = 14
        return self._spoil(self._rng.choices(list(makers), list(makers.values()))[0]())

    def _chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._rng.random() < share

    def _fill(self, template: str) -> Marked:
        return fill(expand(template, self._values.line), self._values)

    def _some(self, section: str, low: int, high: int) -> list[Marked]:
        """Between `low` and `high` filled templates of a section."""
        count = self._rng.randint(low, high)
        return [self._fill(self._rng.choice(self._sections[section])) for _ in range(count)]

    def _sentences(self) -> Marked:
        body = self._some("sentence", 1, self._rng.choice([1, 1, 2, 3]))
        if self._chance(0.25):
            body = [*self._some("prompt", 1, 1), *body]
        return join(body, self._rng.choice([" ", " ", "\n"]))

    def _mail(self) -> Marked:
        body = self._some("sentence", 1, 3) + self._some("plain", 1, 3)
        self._rng.shuffle(body)
        parts = [*self._some("opening", 1, 1), join(body, " "), *self._some("closing", 1, 1)]
        if self._chance(0.4):
            parts = [*self._some("prompt", 1, 1), *parts]
        return join(parts, self._rng.choice(["\n\n", "\n", " "]))

    def _form(self) -> Marked:
        glue = self._rng.choice(["\n", "\n", "; ", ", ", " | ", "\n- "])
        return join(self._some("field", 2, 7), glue)

    def _record(self) -> Marked:
        record = self._fill(self._rng.choice(self._records))
        if self._chance(0.2):
            return join([*self._some("prompt", 1, 1), record], "\n")
        return record

    def _mixed(self) -> Marked:
        body = self._some("plain", 1, 3) + self._some("sentence", 1, 2)
        self._rng.shuffle(body)
        return join(body, " ")

    def _plain(self) -> Marked:
        return join(self._some("plain", 1, 4), self._rng.choice([" ", "\n", "\n\n", "\n- "]))

    def _snippet(self) -> Marked:
        blocks = [self._fill(self._rng.choice(self._code)) for _ in range(self._rng.randint(1, 3))]
        return join(blocks, "\n\n")

    def _document(self) -> Marked:
        document = self._some("document", 1, 1)
        if self._chance(0.3):
            return join(
                [*self._some("prompt", 1, 1), *document], self._rng.choice(["\n\n", "\n", " "])
            )
        return document[0]

    def _spoil(self, document: Marked) -> Marked:
        """Badly written now and then; offsets stay right because lengths stay the same."""
        how = self._rng.choices(list(_SPOILT), list(_SPOILT.values()))[0]
        if how == "quoted":
            return prefixed(document, self._rng.choice(["> ", ">", "  ", "    ", "\t", "| ", "- "]))
        changes: dict[str, Callable[[str], str]] = {
            "lower": str.lower,
            "upper": str.upper,
            "title": str.title,
            "typed": self._mistype,
            "bare": lambda text: re.sub(r"[.,;:!?]", " ", text.lower()),
            "left": str,
        }
        changed = changes[how](document.text)
        return replace(document, text=changed) if len(changed) == len(document.text) else document

    def _mistype(self, text: str) -> str:
        """Swap neighbouring letters and blank out some punctuation."""
        letters = list(text)
        for place in range(len(letters) - 1):
            pair = letters[place] + letters[place + 1]
            if self._chance(0.01) and pair.isalpha():
                letters[place : place + 2] = pair[::-1]
            elif self._chance(0.15) and letters[place] in ".,?!":
                letters[place] = " "
        return "".join(letters)


def languages() -> list[str]:
    """The languages that have both locales and a template file."""
    return [lang for lang in LOCALES if (FOLDER / f"{lang}.txt").exists()]


def documents(count: int, lists: Lists, seed: int) -> Iterator[tuple[str, Marked]]:
    """Yield `count` pairs of language and document, the same ones for the same seed."""
    rng = random.Random(seed)
    langs = languages()
    writers = {lang: Writer(lang, lists, rng) for lang in langs}
    weights = [WEIGHTS.get(lang, 1.0) for lang in langs]
    for lang in rng.choices(langs, weights, k=count):
        yield lang, writers[lang].document()
