"""What is believed of a detector's answer."""

import orjson
import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.frames import (
    HEAD,
    FrameBroken,
    Request,
    answered,
    failed,
    parse_answer,
    parse_pid,
    parse_request,
    request,
)

ROW = [0, 4, "PERSON", 0.9, "ner"]


@given(texts=st.lists(st.tuples(st.text(), st.sampled_from(SegmentKind))), names=st.booleans())
def test_a_request_is_read_as_it_was_written(
    texts: list[tuple[str, SegmentKind]], *, names: bool
) -> None:
    """For any text, what is read is what was written."""
    read = parse_request(request(7, texts, ["US", "CA"], names=names)[HEAD:])

    assert read == Request(7, texts, frozenset({"CA", "US"}), names)


def test_a_lone_surrogate_travels_as_one_character() -> None:
    """Offsets stay right although no encoding has a lone surrogate."""
    texts = parse_request(request(1, [("a\ud800b", SegmentKind.KEY)])[HEAD:]).texts

    assert texts == [("a\ufffdb", SegmentKind.KEY)]


def test_an_answer_is_read_as_it_was_written() -> None:
    """Findings, errors and the wish to retire arrive."""
    finding = Finding(start=0, end=4, entity=Entity("PERSON"), score=0.9, recognizer="ner")

    answer = parse_answer(answered(1, [[finding]], retire=True)[HEAD:], number=1, lengths=[4])

    assert answer.findings == ((finding,),)
    assert answer.retire
    assert parse_answer(failed(1, "X")[HEAD:], number=1, lengths=[4]).error == "X"


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"number": 2, "findings": [[]], "retire": False},
        {"number": 1, "findings": [], "retire": False},
        {"number": 1, "findings": [[], []], "retire": False},
        {"number": 1, "findings": [[]]},
        {"number": 1, "findings": [[[0, 5, "PERSON", 0.9, "ner"]]], "retire": False},
        {"number": 1, "findings": [[[-1, 4, "PERSON", 0.9, "ner"]]], "retire": False},
        {"number": 1, "findings": [[[2, 2, "PERSON", 0.9, "ner"]]], "retire": False},
        {"number": 1, "findings": [[[True, 4, "PERSON", 0.9, "ner"]]], "retire": False},
        {"number": 1, "findings": [[[0, 4, "person", 0.9, "ner"]]], "retire": False},
        {"number": 1, "findings": [[[0, 4, "PERSON", 1.5, "ner"]]], "retire": False},
        {"number": 1, "findings": [[[0, 4, "PERSON", 0.9]]], "retire": False},
        {
            "number": 1,
            "findings": [[[2, 4, "A", 0.9, "n"], [0, 3, "A", 0.9, "n"]]],
            "retire": False,
        },
        {"number": 1, "error": None},
    ],
)
def test_anything_else_is_not_believed(document: object) -> None:
    """An answer that is not whole, or not to this request, is an error."""
    with pytest.raises(FrameBroken):
        parse_answer(orjson.dumps(document), number=1, lengths=[4])


def test_bytes_that_are_no_json_are_not_believed() -> None:
    """Garbage is an error."""
    with pytest.raises(FrameBroken):
        parse_answer(b"\xff{", number=1, lengths=[])
    with pytest.raises(FrameBroken):
        parse_pid(b'{"pid": "1"}')
