"""Places that annotations name: found wherever an answer has them, and nowhere else."""

from typing import Any

import pytest

from guardrail_gw.dialects.citations import in_chat, in_responses

CITED = {"type": "url_citation", "start_index": 1, "end_index": 2}
FILE = {"type": "file_citation", "index": 3}
PART = {"type": "output_text", "text": "abc", "annotations": [CITED, FILE, "odd"]}
ITEM = {"type": "message", "content": [PART, "odd"]}


@pytest.mark.parametrize(
    "data",
    [
        {"output": [ITEM, "odd"]},
        {"response": {"output": [ITEM]}},
        {"item": ITEM},
        {"part": PART},
    ],
    ids=["whole", "last", "item", "part"],
)
def test_a_part_is_found_wherever_it_is_repeated(data: dict[str, Any]) -> None:
    """Each place belongs to the text beside it, and knows whether a stretch ends there."""
    found = [(o.key, o.is_end, o.text == id(PART)) for o in in_responses(data, None)]

    assert found == [
        ("start_index", False, True),
        ("end_index", True, True),
        ("index", False, True),
    ]


def test_an_event_s_own_annotation_is_of_the_text_that_it_names() -> None:
    """Which stands in the events before it."""
    found = list(in_responses({"annotation": CITED}, ("response.output_text", 0)))

    assert [(o.key, o.text) for o in found] == [
        ("start_index", ("response.output_text", 0)),
        ("end_index", ("response.output_text", 0)),
    ]
    assert all(o.within == (CITED, o.key) for o in found)


@pytest.mark.parametrize(
    "data",
    [
        {"choices": None},
        {"choices": ["odd", {"message": None}, {"delta": {"annotations": "odd"}}]},
        {"choices": [{"delta": {"annotations": [{"url_citation": "odd"}, 7]}}]},
        {"choices": [{"delta": {"annotations": [{"url_citation": {"start_index": True}}]}}]},
    ],
)
def test_what_is_no_annotation_names_no_place(data: dict[str, Any]) -> None:
    """Whatever a provider sends in its place."""
    assert list(in_chat(data)) == []


@pytest.mark.parametrize("data", [{"output": "odd"}, {"item": "odd"}, {"part": 7}, {"response": 7}])
def test_what_is_no_response_names_no_place(data: dict[str, Any]) -> None:
    """Ditto."""
    assert list(in_responses(data, None)) == []
