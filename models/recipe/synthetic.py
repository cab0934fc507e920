"""Synthetic training text: prompt-shaped documents from our own templates, in many languages.

A document is a mail, a form, a chat, a record, a few sentences or one bare value; about two in
five have no personal data at all (code, JSON, Markdown, plain prompts). A part of the documents
is spoilt on purpose: lower case, lost letters, missing full stops, doubled blanks.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

from models.recipe.slots import FOLDER, Marked, fill, join, read_blocks, read_lines, read_sections
from models.recipe.values import LOCALES, NameList, Values

WEIGHTS = {"en": 3.0, "de": 2.2, "fr": 2.2, "es": 2.0}
"""How often a language is generated, relative to the others at 1."""


_LOWER, _UPPER, _TYPED = 0.10, 0.13, 0.20
"""Cumulative shares of documents in lower case, in upper case, and with typing mistakes."""


class Writer:
    """Writes synthetic documents in one language."""

    def __init__(self, lang: str, names: NameList, rng: random.Random) -> None:
        """Load the templates of `lang`; `rng` decides everything."""
        self._rng = rng
        self._sections = read_sections(lang)
        self._records = read_lines("record")
        self._code = read_blocks("code")
        self._values = Values(lang, self._sections, names, rng)

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
        return self._spoil(self._rng.choices(list(makers), list(makers.values()))[0]())

    def _chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self._rng.random() < share

    def _fill(self, template: str) -> Marked:
        return fill(template, self._values)

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

    def _spoil(self, document: Marked) -> Marked:
        """Badly written now and then; offsets stay right because lengths stay the same."""
        chance = self._rng.random()
        lowered = document.text.lower()
        if chance < _LOWER and len(lowered) == len(document.text):
            return replace(document, text=lowered)
        if chance < _UPPER and len(document.text.upper()) == len(document.text):
            return replace(document, text=document.text.upper())
        if chance < _TYPED:
            return replace(document, text=self._mistype(document.text))
        return document

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


def documents(count: int, names: NameList, seed: int) -> Iterator[tuple[str, Marked]]:
    """Yield `count` pairs of language and document, the same ones for the same seed."""
    rng = random.Random(seed)
    langs = languages()
    writers = {lang: Writer(lang, names, rng) for lang in langs}
    weights = [WEIGHTS.get(lang, 1.0) for lang in langs]
    for lang in rng.choices(langs, weights, k=count):
        yield lang, writers[lang].document()
