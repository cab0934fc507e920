import json

import pytest

from guardrail_gw.dialects.gemini_generate.encode import encode, error_body, error_event
from guardrail_gw.errors import (
    Blocked,
    NoLawfulUpstream,
    Overloaded,
    Refusal,
    Unauthenticated,
    UnknownModel,
    UpstreamBroken,
    UpstreamRateLimited,
    UpstreamTimeout,
)


def test_what_nobody_changed_keeps_its_bytes() -> None:
    """A part's own text goes on, as an event or whole."""
    data, text = {"a": 1.0}, '{ "a" : 1.00 }'

    assert encode(data, stream=False, text=text) == text.encode()
    assert encode(data, stream=True, text=text) == b'data: { "a" : 1.00 }\r\n\r\n'
    assert encode(data, stream=True) == b'data: {"a":1.0}\r\n\r\n'


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Unauthenticated("x"), "UNAUTHENTICATED"),
        (Blocked("x"), "PERMISSION_DENIED"),
        (NoLawfulUpstream("x"), "PERMISSION_DENIED"),
        (UnknownModel("x"), "NOT_FOUND"),
        (Overloaded("x"), "UNAVAILABLE"),
        (UpstreamBroken("x"), "UNAVAILABLE"),
        (UpstreamRateLimited("x"), "RESOURCE_EXHAUSTED"),
        (UpstreamTimeout("x"), "DEADLINE_EXCEEDED"),
    ],
)
def test_an_error_has_googles_shape(refusal: Refusal, status: str) -> None:
    """Code, message, canonical status, and our own code among the details."""
    error = json.loads(error_body(refusal, "r-1"))["error"]

    assert (error["code"], error["message"], error["status"]) == (refusal.status, "x", status)
    assert error["details"][0]["metadata"] == {"code": refusal.code}
    assert error["details"][1]["requestId"] == "r-1"
    assert error_event(refusal, "r-1") == b"data: " + error_body(refusal, "r-1") + b"\r\n\r\n"


def test_a_pause_is_a_detail() -> None:
    """Where nothing is known, nothing is said; a request without a record has no id."""
    plain = json.loads(error_body(Overloaded("x"), ""))["error"]["details"]
    asked = json.loads(error_body(Overloaded("x", retry_after_s=0.2), ""))["error"]["details"]

    assert len(plain) == 1
    assert asked[1] == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
