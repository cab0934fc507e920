"""Turn gold and synthetic text into spaCy's binary format: `python -m models.recipe.prepare OUT`.

Writes OUT/train.spacy and OUT/heldout.spacy. The held-out part (3 % of the gold training files
and as much synthetic text) chooses the best epoch; the dev files are never read here.
"""

import argparse
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from models.recipe.gold import annotate, read_documents, read_hints
from models.recipe.pipeline import blank
from models.recipe.places import countries, towns
from models.recipe.pools import Lists, read_lists
from models.recipe.renamed import RENAMED, Renamer
from models.recipe.slots import Marked, read_language
from models.recipe.synthetic import documents
from models.recipe.values import Values

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("GUARDRAIL_SHARED", REPOSITORY / "../shared"))

_HELD_OUT = 0.015
_OWN = 2
"""How often the project's own sources are used, cut differently each time."""


def gold_docs(nlp: Language, pii: Path, lists: Lists, rng: random.Random) -> Iterator[Doc]:
    """Yield the gold documents, some of them changed."""
    others = {lang: Renamer(Values(lang, read_language(lang), lists, rng), rng) for lang in RENAMED}
    inventory = json.loads((pii / "inventory.json").read_text(encoding="utf-8"))
    hints = read_hints()
    for source in read_documents(pii / "train", rng):
        change = rng.choices(list(CHANGES), list(CHANGES.values()))[0]
        if rng.random() < RENAMED.get(source["lang"], 0.0):
            source.update(others[source["lang"]](source))
        source["text"] = unless_longer(source["text"], change(source["text"]))
        yield annotate(nlp, source, frozenset(inventory[source["source"]]), hints)


def capitalised(text: str) -> str:
    """Every word with a capital, as in headings, so that a capital alone is no sign of a name."""
    return re.sub(r"\b[^\W\d_]", lambda letter: letter.group().upper(), text)


def unpunctuated(text: str) -> str:
    """In lower case and without full stops and commas, as quickly typed."""
    return re.sub(r"[.,;:!?](?=\s|$)", " ", text.lower())


def unless_longer(text: str, changed: str) -> str:
    """`changed`, or `text` if the change moved characters and so the offsets of the spans."""
    return changed if len(changed) == len(text) else text


CHANGES: dict[Callable[[str], str], float] = {
    str: 82,
    str.lower: 7,
    capitalised: 5,
    str.upper: 3,
    unpunctuated: 3,
}
"""How gold documents are changed, in per cent; `str` leaves them."""


def own_docs(nlp: Language, rng: random.Random) -> Iterator[Doc]:
    """Yield pieces of this project's own sources and documents: technical text that names nobody.

    The catalog is left out, for it is full of countries and companies.
    """
    for source in own_sources():
        lines = source.splitlines()
        while lines:
            size = rng.randint(4, 40)
            doc = nlp.make_doc("\n".join(lines[:size]))
            doc.set_ents([], default="outside")
            yield doc
            del lines[:size]


def own_sources() -> list[str]:
    """The texts of this project's sources and documents, the catalog apart."""
    paths = [*REPOSITORY.glob("guardrail_gw/**/*.py"), *REPOSITORY.glob("docs/*.md")]
    chosen = sorted(path for path in paths if "catalog" not in path.parts)
    return [path.read_text(encoding="utf-8") for path in chosen]


def bare_docs(nlp: Language, lists: Lists, rng: random.Random) -> Iterator[Doc]:
    """Yield the words of those sources one by one, as values of JSON stand: none is a name."""
    names = {name.lower() for pair in lists.popular for some in pair for name in some}
    names |= {name.lower() for name in (*towns(None).names, *countries("en"))}
    found = {word for source in own_sources() for word in re.findall(r"\b[a-z]{3,}\b", source)}
    words = sorted(found - names)
    for word in words:
        other = rng.choice(words)
        forms = (word, word, word, word.title(), word.upper(), f"{word} {other}", f"{word}_{other}")
        doc = nlp.make_doc(rng.choice(forms))
        doc.set_ents([], default="outside")
        yield doc


def synthetic_doc(nlp: Language, marked: Marked) -> Doc:
    """One synthetic document as tokens; a span that no token border fits is left open."""
    doc = nlp.make_doc(marked.text)
    entities: list[Span] = []
    missing: list[Span] = []
    last = 0
    for start, end, label in marked.spans:
        exact = doc.char_span(start, end, label=label)
        span = exact or doc.char_span(start, end, label=label, alignment_mode="expand")
        if span is not None and span.start >= last:
            (entities if exact else missing).append(span)
            last = span.end
    doc.set_ents(entities, missing=missing, default="outside")
    return doc


def write(docs: list[Doc], rng: random.Random, out: Path) -> None:
    """Shuffle the documents and divide them into train.spacy and heldout.spacy."""
    rng.shuffle(docs)
    cut = int(len(docs) * _HELD_OUT)
    out.mkdir(parents=True, exist_ok=True)
    for name, part in (("heldout", docs[:cut]), ("train", docs[cut:])):
        DocBin(attrs=["ENT_IOB", "ENT_TYPE"], docs=part).to_disk(out / f"{name}.spacy")
        print(f"{name}: {len(part)} documents, {sum(map(len, part))} tokens")


def main() -> None:
    """Read the command line, prepare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--synthetic", type=int, default=80_000, help="number of documents")
    parser.add_argument("--seed", type=int, default=20)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    pii, nlp = args.shared / "data" / "pii", blank()
    lists = read_lists(pii)
    docs = list(gold_docs(nlp, pii, lists, rng))
    made = documents(args.synthetic, lists, args.seed)
    docs += [synthetic_doc(nlp, marked) for _, marked in made]
    for _ in range(_OWN):
        docs += own_docs(nlp, rng)
        docs += bare_docs(nlp, lists, rng)
    write([doc for doc in docs if len(doc)], rng, args.out)


if __name__ == "__main__":
    main()
