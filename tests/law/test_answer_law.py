"""Laws of answers: no cut of the bytes or of the text changes anything."""

import json
from itertools import pairwise

from hypothesis import given, strategies as st

from guardrail_gw.redaction.restorer import Restorer, Tail
from tests.support.chat import chunk, read, stream

ORIGINALS = {
    "PERSON_7K2QX9MD": 'An"na\\ \n😀',
    "PERSON_0A1B2C3D": "PERSON_7K2QX9MD",
    "EMAIL_ADDRESS_3F8NA2ZT": "a@b.example",
    "EMAIL_9Z8Y7X6W": "é",
    "A_1_2A3B4C5D": "p",
}
RESTORER = Restorer(ORIGINALS)
TOKENS = st.sampled_from(sorted(ORIGINALS))
FORMS = st.builds(
    lambda token, joint, lower: (token.lower() if lower else token).replace("_", joint),
    TOKENS,
    st.sampled_from(["_", " ", "-", "\\_", "\\\\_", "&#95;", "&#x5f;", "&lowbar;", "__", ""]),
    st.booleans(),
)
BEGUN = st.builds(lambda form, n: form[:n], FORMS, st.integers(0, 30))
NOISE = st.text(st.sampled_from('PERSONEMAILadr_ -\\&#95;x07K2"é😀\n'), max_size=6)
TEXTS = st.lists(FORMS | BEGUN | NOISE | TOKENS, max_size=8).map("".join)
CUTS = st.lists(st.integers(0, 200), max_size=12)


def pieces(text: str, cuts: list[int]) -> list[str]:
    """The text cut at the given places."""
    edges = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@given(text=TEXTS, cuts=CUTS, escape=st.sampled_from(["text", "json"]))
def test_cutting_changes_nothing(text: str, cuts: list[int], escape: str) -> None:
    """For every way to cut a stream, the restored pieces join to the restored whole."""
    whole, cut = (Tail(restorer=RESTORER, escape=escape) for _ in range(2))

    expected = whole.feed(text) + whole.flush()
    got = "".join(cut.feed(p) for p in pieces(text, cuts)) + cut.flush()

    assert got == expected
    assert cut.restored == whole.restored


@given(values=st.lists(TOKENS | NOISE, max_size=6), cuts=CUTS)
def test_json_stays_json(values: list[str], cuts: list[int]) -> None:
    """Restored within JSON source, however cut, the source decodes to the restored strings."""
    source = json.dumps(values, ensure_ascii=False)
    tail = Tail(restorer=RESTORER, escape="json")

    got = "".join(tail.feed(p) for p in pieces(source, cuts)) + tail.flush()

    whole = [ORIGINALS.get(v, v) for v in values]
    decoded = json.loads(got)
    assert [d for d, v in zip(decoded, values, strict=True) if v in ORIGINALS] == [
        w for w, v in zip(whole, values, strict=True) if v in ORIGINALS
    ]


@given(text=TEXTS, cuts=CUTS)
def test_no_more_than_the_longest_form_is_held_back(text: str, cuts: list[int]) -> None:
    """What waits is the beginning of a placeholder, and it is bounded."""
    tail = Tail(restorer=RESTORER, escape="text")

    for piece in pieces(text, cuts):
        tail.feed(piece)
        assert len(tail.held) < 60


@given(
    texts=st.lists(st.text(max_size=5), min_size=1, max_size=5),
    newline=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    cuts=st.lists(st.integers(0, 900), max_size=20),
)
def test_any_cut_of_the_bytes_gives_the_same_events(
    texts: list[str], newline: bytes, cuts: list[int]
) -> None:
    """Also within a character, a line end or a field name."""
    raw = stream([*(chunk({"content": t}) for t in texts), chunk({}, "stop")])
    raw = b": hello\n\n" + raw
    raw = raw.replace(b"\n", newline)

    assert read(raw, cuts) == read(raw)
    assert [e.data["choices"][0]["delta"] for e in read(raw)[:-2] if e.data] == [
        {"content": t} for t in texts
    ]
