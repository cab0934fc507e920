import json

from guardrail_gw.dialects.openai_chat.encode import encode, error_body, error_event
from guardrail_gw.errors import Blocked
from tests.support.chat import CHAT, chunk, read

REFUSAL = Blocked("the policy forbids it")


def test_an_error_has_the_shape_that_clients_know() -> None:
    """Message, type, param and our stable code."""
    assert json.loads(error_body(REFUSAL)) == {
        "error": {
            "message": "the policy forbids it",
            "type": "permission_error",
            "param": None,
            "code": "policy.blocked",
        }
    }


def test_an_error_in_a_stream_is_one_frame() -> None:
    """The frame carries the same object as the body."""
    assert error_event(REFUSAL) == b"data: " + error_body(REFUSAL) + b"\n\n"


def test_half_a_character_is_passed_on_as_it_came() -> None:
    """A surrogate pair that a provider cut in two does not break the stream."""
    data = chunk({"content": "\ud83d"})

    frame = encode(data, stream=True)

    assert b'"\\ud83d"' in frame
    assert read(frame + b"data: [DONE]\n\n")[0].data == data


def test_characters_are_not_escaped_without_need() -> None:
    """What can be UTF-8 is UTF-8."""
    assert encode({"a": "é\n"}, stream=False) == '{"a":"é\\n"}'.encode()


def test_a_late_piece_names_its_place() -> None:
    """A piece of nested content is rebuilt with what tells a client where it belongs."""
    delta = {
        "tool_calls": [{"index": 1, "id": "i", "type": "function", "function": {"arguments": "x"}}]
    }
    data = chunk(delta, index=4)
    question = CHAT.parse(b'{"model":"m","messages":[]}')
    (slot,) = CHAT.slots(question, data)

    assert CHAT.late_piece(data, slot, "tail") == chunk(
        {"tool_calls": [{"index": 1, "type": "function", "function": {"arguments": "tail"}}]},
        index=4,
    )


def test_what_nobody_changes_leaves_as_it_came() -> None:
    """The spelling of numbers, white space and escapes of an untouched frame survive."""
    sent = b'data: {"choices": [{"index":0, "delta":{"content":"\\u00e9"}}], "t": 1.0e2}\n\n'
    (event,) = CHAT.reader(stream=True).feed(sent)

    assert event.data is not None
    assert encode(event.data, stream=True, text=event.text) == sent


def test_a_frame_of_several_lines_becomes_one() -> None:
    """Data that was sent as several lines has no text of its own and is encoded anew."""
    sent = b'data: {"choices":[],\ndata: "usage":{}}\n\n'
    (event,) = CHAT.reader(stream=True).feed(sent)

    assert event.text is None
    assert encode({"choices": [], "usage": {}}, stream=True).count(b"data:") == 1
