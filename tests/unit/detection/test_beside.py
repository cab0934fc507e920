"""Rules here and names elsewhere come to the same as both in one place."""

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.beside import LONGEST, MOST_DIGITS, MOST_TEXTS, UNBROKEN, Beside
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.frames import HEAD, answered, parse_answer, parse_request, request
from guardrail_gw.detection.rules.every import RULES
from tests.support.names import CAPITALISED_PAIR, NamesByPattern

BESIDE = Beside()
ENGINE = Engine(rules=RULES, names=NamesByPattern(CAPITALISED_PAIR))
NOWHERE = frozenset[str]()

EXAMPLES = [example for rule in RULES for example in (*rule.valid, *rule.invalid)]
PIECES = st.sampled_from(
    [
        *(
            "Anna Schmidt",
            "Schmidt",
            "Dr. Paul Keller",
            "MARIA NOVAK",
            "Müller & Co. KG",
            "12",
            "x",
        ),
        *("anna (at) example (dot) com", "a n n a @ e x a m p l e . c o m", "anna%40example.com"),
        *("\u0430nna\uff20example.com", "An\u200bna Schm\u200bidt", "&#65;nna Schmidt", "\u0130"),
        *(
            "YW5uYUBleGFtcGxlLmNvbQ==",
            "PERSON_7K2QX9MD",
            "anna_schmidt_cv.pdf",
            "\u0391\u03bd\u03bd\u03b1",
            "田中さん",
        ),
        *('{"name": "Anna Schmidt", "id": "Ab3"}', "`Anna Schmidt()`", "```py\nAnna Schmidt\n```"),
        *("\ndef anna():\n    return Anna(1);\n    x = 'Anna Schmidt'\n", "10115 Berlin", "\ufdfa"),
    ]
)
TEXTS = st.lists(
    st.one_of(PIECES, st.sampled_from(EXAMPLES), st.text(max_size=8)), max_size=12
).map(" ".join)


def both(texts: list[tuple[str, SegmentKind]]) -> list[list[Finding]] | None:
    """What rules here and names there come to; None if the texts are not read here."""
    apart = BESIDE.taken(texts, NOWHERE)
    if apart is None:
        return None
    asked = parse_request(request(1, texts, names=True)[HEAD:])
    told = answered(1, ENGINE.named(asked.texts), retire=False)[HEAD:]
    lengths = [len(text) for text, _ in texts]
    names = parse_answer(told, number=1, lengths=lengths, names=True)
    apart.read()
    return [list(each) for each in apart.merged(names.findings)]


@settings(max_examples=80)
@given(texts=st.lists(st.tuples(TEXTS, st.sampled_from(SegmentKind)), min_size=1, max_size=4))
def test_findings_do_not_depend_on_where_rules_run(texts: list[tuple[str, SegmentKind]]) -> None:
    """For texts of every kind, with the names as they come over the wire."""
    assert both(texts) in (None, ENGINE.scan(texts))


def test_every_example_is_read_alike() -> None:
    """Those of every rule, a third of them, each beside a name; nearly all are read here."""
    read = 0
    for example in EXAMPLES[::3]:
        texts = [(f"{example} Anna Schmidt", SegmentKind.PROSE)]
        found = both(texts)
        assert found in (None, ENGINE.scan(texts)), example
        read += found is not None

    assert read > 0.3 * len(EXAMPLES)


WORDS = "word " * (LONGEST // 5)


@pytest.mark.parametrize(
    ("texts", "is_taken"),
    [
        ([WORDS], True),
        ([f"{WORDS}x"], False),
        (["word"] * MOST_TEXTS, True),
        (["word"] * (MOST_TEXTS + 1), False),
        ([WORDS[: LONGEST // 2]] * 2, True),
        ([WORDS[: LONGEST // 2], WORDS[: LONGEST // 2 + 1]], False),
        (["1 " * MOST_DIGITS], True),
        (["1 " * (MOST_DIGITS + 1)], False),
        (["1 " * MOST_DIGITS, "1"], False),
        (["\uff11 " * (MOST_DIGITS + 1)], False),
        (["\u2473 " * (MOST_DIGITS // 2 + 1)], False),
        (["\ufdfa " * 60], False),
        (["x" * (UNBROKEN - 1)], True),
        (["x" * UNBROKEN], False),
        (["\u200b" * (LONGEST + 1)], False),
        (["\ud800"], False),
        ([""], True),
    ],
)
def test_no_more_is_read_here_than_is_measured(texts: list[str], *, is_taken: bool) -> None:
    """Neither long texts nor many, whatever a text becomes when it is normalised."""
    asked = [(text, SegmentKind.PROSE) for text in texts]

    assert (BESIDE.taken(asked, NOWHERE) is not None) is is_taken


def test_rules_that_are_not_ready_do_not_run_here() -> None:
    """Making them ready for another country would hold the event loop."""
    asked = [("mine is 219-09-9999", SegmentKind.PROSE)]

    assert BESIDE.taken(asked, frozenset({"US"})) is None
    assert BESIDE.taken(asked, frozenset({"DE"})) is not None  # as for everybody
