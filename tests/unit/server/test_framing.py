"""The ways in which a stream stands in a body."""

import json

from guardrail_gw.server.framing import EventLines, Events, JsonArray, Lines


def test_events_are_what_they_are() -> None:
    """Nothing is added, and a probe is a comment."""
    framing = Events()

    assert framing.piece(b"data: {}\n\n") == b"data: {}\n\n"
    assert framing.end() == b""
    assert framing.probe == b":\n\n"
    assert framing.headers["Content-Type"].startswith("text/event-stream")


def test_an_array_is_json_with_probes_in_it() -> None:
    """Wherever a probe falls between pieces, clients read the same."""
    framing = JsonArray()
    pieces = [
        framing.piece(b'data: {"a":1}\r\n\r\ndata: {"a":"data: x"}\r\n\r\n'),
        framing.piece(b""),
        framing.piece(b'data: {"error":{}}\r\n\r\n'),
        framing.end(),
    ]

    body = framing.probe.join([b"", *pieces])

    assert json.loads(body) == [{"a": 1}, {"a": "data: x"}, {"error": {}}]
    assert framing.headers["Content-Type"].startswith("application/json")


def test_an_array_of_nothing_is_one() -> None:
    """It is closed all the same."""
    assert JsonArray().end() == b"[]"


def test_lines_of_events_have_probes_between_them() -> None:
    """An empty line is no event, and an error can be the last one."""
    framing = EventLines("application/stream+json")
    pieces = [framing.piece(b'{"a":1}\n'), framing.piece(b'{"b":1}\n{"c":1}\n'), framing.end()]

    body = framing.probe.join([b"", *pieces])

    assert [json.loads(line) for line in body.split()] == [{"a": 1}, {"b": 1}, {"c": 1}]
    assert framing.tells
    assert framing.headers["Content-Type"] == "application/stream+json"


def test_a_file_is_what_it_is() -> None:
    """Nothing of ours stands in it: no probe, no error, no end."""
    framing = Lines("application/x-jsonl")

    assert framing.piece(b"{}\n") == b"{}\n"
    assert (framing.probe, framing.end(), framing.tells) == (b"", b"", False)
    assert framing.headers["Content-Type"] == "application/x-jsonl"
