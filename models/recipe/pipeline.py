"""The empty pipeline: a tokenizer for prompts, and lower-case lemmas without code of our own.

Tokenizer: spaCy's multi-language rules, and in addition a cut at quotes, apostrophes, brackets,
colons, equals signs, slashes and semicolons inside a word, so that `{"name":"Anna"}`, `Name:Anna`
and `d'Anna` give the name a token of its own. The rules are saved with the model.

Lemma: presidio's context words need `token.lemma_`. spaCy's edit-tree lemmatizer is given one tree
that fits no word, and `backoff = "lower"`, so every lemma is the lower-cased word; it needs no
look-up tables, keeps no cache of the texts it saw, and loads with spaCy alone.
"""

from collections.abc import Callable
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example
from spacy.util import compile_infix_regex, registry

_CUTS = (
    r"""["“”„«»\u2018\u2019\u2039\u203a'`()\[\]{}<>|=:;/\\,?!*~#&]""",
    r"(?<=[^\W\d_])\.(?=[A-ZÀ-Þ])",
)
_SENTINEL, _REPLACED = "\ue000", "\ue001"
"""Private-use characters: the one edit tree turns the first into the second; no text has them."""

_LEMMATIZER = {
    "backoff": "lower",
    "min_tree_freq": 1,
    "overwrite": True,
    "model": {
        "@architectures": "spacy.Tagger.v2",
        "tok2vec": {
            "@architectures": "spacy.Tok2VecListener.v1",
            "width": 96,
            "upstream": "tok2vec",
        },
    },
}
"""The listener reads vectors that are there already; an own network would cost 1 ms a text."""


def blank() -> Language:
    """A pipeline that only tokenizes."""
    nlp = spacy.blank("xx")
    cut_inside_words(nlp)
    return nlp


@registry.callbacks("guardrail.cut_inside_words.v1")  # type: ignore[untyped-decorator]  # spaCy has no types here
def make_cut_inside_words() -> Callable[[Language], None]:
    """For `[initialize.before_init]` of the training configuration."""
    return cut_inside_words


def cut_inside_words(nlp: Language) -> None:
    """Add our infix rules to the tokenizer of `nlp`."""
    infixes = [*(nlp.Defaults.infixes or ()), *_CUTS]
    tokenizer: Any = nlp.tokenizer  # typed as any callable; the attribute is the tokenizer's own
    tokenizer.infix_finditer = compile_infix_regex(infixes).finditer


def add_lemmas(nlp: Language) -> None:
    """Put the lower-casing lemmatizer at the end of `nlp`, which has a tok2vec."""
    lemmatizer = nlp.add_pipe("trainable_lemmatizer", name="lemmatizer", config=_LEMMATIZER)
    doc = nlp.make_doc(_SENTINEL)
    doc[0].lemma_ = _REPLACED
    examples = [Example(nlp.make_doc(_SENTINEL), doc)]
    lemmatizer.initialize(lambda: examples, nlp=nlp)  # type: ignore[attr-defined]  # ditto
