"""Laws of what stands for values: never the wrong one back, nothing lost, nothing done twice."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings, strategies as st

from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.detection.merge import merge
from guardrail_gw.errors import ResidualFound
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.edit import AmbiguousText, Editor, Edits
from guardrail_gw.redaction.invented import surnames
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import ALPHABET, Issuer, TokenKey
from guardrail_gw.redaction.restorer import Restorer, Tail
from guardrail_gw.redaction.surrogate import Surrogates
from tests.support.chat import KEY, PRINCIPAL, policy

surnames()  # reads files once, before the clock of the first example runs


class Narrow(TokenKey):
    """A key whose placeholders are few, so that they collide all the time."""

    def mac(self, *parts: str | int) -> bytes:
        """As many bytes, but of a few values only."""
        few = hashlib.sha256(super().mac(*parts)).digest()[0] % 24
        return (ALPHABET.index("A") << 35 | few).to_bytes(5) + bytes(27)


NARROW = Narrow(bytes(32))
KINDS = ("PERSON", "EMAIL_ADDRESS", "ADDRESS", "IBAN_CODE")
NAMES = st.sampled_from(
    [
        "Anna",
        "Bob Ek",
        "May",
        "Ann Lee",
        "DE89 3704 0044",
        "a@b.example",
        "René",
        "Анна",
        "张伟",
        "Kim",
    ]
)
GLUE = st.sampled_from(
    [
        " ",
        ", ",
        "-",
        "_",
        "\n",
        "ADDRESS_",
        "EMAIL_",
        "x",
        "'s ",
        "s ",
        " may ",
        "ANNA",
        "",
        "ann  lee ",
    ]
)
TEXTS = st.lists(st.lists(st.tuples(GLUE, NAMES | GLUE), max_size=7), min_size=1, max_size=3)
CUTS = st.lists(st.integers(0, 250), max_size=10)


def found(text: str, values: Mapping[str, str]) -> list[Finding]:
    """What a detector that knows the values reports."""
    hits = [
        Finding(start=m.start(), end=m.end(), entity=Entity(kind), score=0.9, recognizer="r")
        for value, kind in values.items()
        for m in re.finditer(re.escape(value), text)
    ]
    return merge(text, hits)


def editor(
    texts: Sequence[str], *, key: TokenKey = KEY, issuer: Issuer | None = None, invent: bool = False
) -> Editor:
    """An editor for some texts; with `invent` every kind gets surrogates."""
    segments = [Segment(text=t, place=f"/{i}") for i, t in enumerate(texts)]
    return Editor(
        segments=segments,
        policy=policy(dict.fromkeys(KINDS, Action.SURROGATE) if invent else {}),
        issuer=issuer or Issuer(key=key, principal=PRINCIPAL),
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
        surrogates=Surrogates(key=KEY, principal=PRINCIPAL, segments=segments) if invent else None,
    )


def edited(ed: Editor, values: Mapping[str, str]) -> tuple[Edits, list[str]]:
    """The edits, and the texts as they are sent."""
    texts = [s.text for s in ed.segments]
    edits = ed.edits([found(t, values) for t in texts])
    return edits, [edits.replacements.get(i, t) for i, t in enumerate(texts)]


def written(parts: Sequence[tuple[str, str]]) -> str:
    """A text of glue and names."""
    return "".join(a + b for a, b in parts)


def streamed(restorer: Restorer, text: str, cuts: Sequence[int]) -> str:
    """Restore a text that arrives in pieces."""
    edges = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    tail = Tail(restorer=restorer, escape="text")
    return "".join(tail.feed(text[a:b]) for a, b in pairwise(edges)) + tail.flush()


VALUES = st.dictionaries(NAMES, st.sampled_from(KINDS), min_size=1)


@given(parts=TEXTS, values=VALUES, cuts=CUTS)
def test_colliding_placeholders_never_bring_another_value_back(
    parts: list[list[tuple[str, str]]], values: dict[str, str], cuts: list[int]
) -> None:
    """With two dozen placeholders in all, what went out comes back as it was, or nothing goes."""
    texts = [written(p) for p in parts]

    try:
        edits, sent = edited(editor(texts, key=NARROW), values)
    except ResidualFound:
        return

    restorer = Restorer(edits.originals)
    assert [streamed(restorer, s, cuts) for s in sent] == texts
    assert len(set(edits.originals.values())) == len(edits.originals)


@given(names=st.lists(st.text("abcXYZ", min_size=1, max_size=4), unique=True, max_size=24))
def test_placeholders_of_one_exchange_differ_in_their_suffix(names: list[str]) -> None:
    """However they collide, no suffix is issued twice, and the order decides the same each time."""
    one, two = (Issuer(key=NARROW, principal=PRINCIPAL) for _ in range(2))

    issued = []
    for at, name in enumerate(names):
        try:
            issued.append(one.placeholder(Entity(KINDS[at % 4]), name))
        except ResidualFound:  # all are taken
            break

    assert len({token[-8:] for token in issued}) == len(issued)
    assert issued == [
        two.placeholder(Entity(KINDS[at % 4]), n) for at, n in enumerate(names[: len(issued)])
    ]


@given(parts=TEXTS, values=VALUES, invent=st.booleans())
def test_a_second_pass_changes_nothing(
    parts: list[list[tuple[str, str]]], values: dict[str, str], *, invent: bool
) -> None:
    """What this exchange put into a text is opaque, though detectors report it and its words."""
    texts = [written(p) for p in parts]
    first = editor(texts, invent=invent)
    try:
        edits, sent = edited(first, values)
    except AmbiguousText:
        return
    again = editor(sent, issuer=first.issuer, invent=invent)
    again.surrogates = first.surrogates
    seen = {**values, **dict.fromkeys(edits.originals, "PERSON"), "PERSON": "PERSON"}

    second = again.edits([found(t, seen) for t in sent])

    assert second.replacements == {}
    assert second.originals == edits.originals


@settings(max_examples=300)
@given(parts=TEXTS, values=VALUES, cuts=CUTS)
def test_surrogates_come_back_as_what_they_stand_for(
    parts: list[list[tuple[str, str]]], values: dict[str, str], cuts: list[int]
) -> None:
    """For any text and any cut of it, or the text is known to be ambiguous before it is sent."""
    texts = [written(p) for p in parts]

    try:
        edits, sent = edited(editor(texts, invent=True), values)
    except AmbiguousText:
        return

    restorer = Restorer(edits.originals)
    assert [streamed(restorer, s, cuts) for s in sent] == texts
    words = " ".join(texts).lower()
    assert not [new for new in edits.originals if new.lower() in words]
