import json
from typing import Any

from guardrail_gw.dialects.openai_responses.encode import LAST, drop_logprobs, encode, error_event
from guardrail_gw.errors import Blocked, UnknownModel
from tests.support.messages import events_of
from tests.support.responses import RESPONSES, message, response

TOKENS = [{"token": "An", "logprob": -0.1, "bytes": [65, 110], "top_logprobs": []}]
PART = {"type": "output_text", "text": "An", "annotations": [], "logprobs": TOKENS}


def test_a_refusal_is_an_error_of_the_dialect() -> None:
    """A whole refusal looks as in every other OpenAI dialect."""
    assert RESPONSES.status(UnknownModel("no")) == 404
    assert json.loads(RESPONSES.error_body(UnknownModel("no"))) == {
        "error": {
            "message": "no",
            "type": "invalid_request_error",
            "param": None,
            "code": "model.unknown",
        }
    }


def test_a_refusal_in_a_stream_is_its_last_event() -> None:
    """Clients find the error in the event or in its member, numbered behind all others."""
    raw = error_event(Blocked("no"))

    (event,) = events_of(raw)
    assert raw.startswith(b"event: error\n")
    assert (event["type"], event["code"], event["message"]) == ("error", "policy.blocked", "no")
    assert event["error"]["code"] == "policy.blocked"
    assert event["error"]["type"] == "permission_error"
    assert event["sequence_number"] == LAST


def test_an_event_is_named_by_its_type() -> None:
    """Clients go by the name of an event; what nobody changed keeps its bytes."""
    assert encode({"type": "keepalive"}, stream=True) == (
        b'event: keepalive\ndata: {"type":"keepalive"}\n\n'
    )
    assert encode({"type": "keepalive"}, stream=True, text='{"type": "keepalive" }') == (
        b'event: keepalive\ndata: {"type": "keepalive" }\n\n'
    )


def test_token_texts_are_taken_out_everywhere() -> None:
    """A placeholder in tokens cannot be restored, wherever a message's tokens stand."""
    said = message("An", content=[{**PART, "logprobs": list(TOKENS)}])
    places: list[dict[str, Any]] = [
        {"type": "response.output_text.delta", "delta": "An", "logprobs": list(TOKENS)},
        {"type": "response.content_part.done", "part": dict(PART)},
        {"type": "response.output_item.done", "item": said},
        {"type": "response.completed", "response": response(said)},
        response(said),
    ]

    for data in places:
        drop_logprobs(data)

    assert 'token"' not in json.dumps(places)
    assert json.dumps(places).count('"logprobs": []') == 5


def test_a_body_without_tokens_stays() -> None:
    """What is of another form than the dialect's is left alone."""
    odd: list[dict[str, Any]] = [
        {"item": 1, "part": None, "response": "x"},
        {"output": "x"},
        {"output": [1, {}]},
    ]
    for data in odd:
        before = json.dumps(data)

        drop_logprobs(data)

        assert json.dumps(data) == before
