import json

import pytest

from guardrail_gw.dialects.anthropic_messages.encode import encode, error_body, error_event, status
from guardrail_gw.errors import (
    Blocked,
    BodyTooLarge,
    NoLawfulUpstream,
    Overloaded,
    Refusal,
    TooManyAttempts,
    Unauthenticated,
    UnknownModel,
    UpstreamFailed,
    UpstreamTimeout,
)


@pytest.mark.parametrize(
    ("refusal", "code", "kind"),
    [
        (Blocked("no"), 403, "permission_error"),
        (BodyTooLarge("no"), 413, "request_too_large"),
        (NoLawfulUpstream("no"), 451, "permission_error"),
        (Overloaded("no"), 529, "overloaded_error"),
        (TooManyAttempts("no"), 429, "rate_limit_error"),
        (Unauthenticated("no"), 401, "authentication_error"),
        (UnknownModel("no"), 404, "not_found_error"),
        (UpstreamFailed("no"), 502, "api_error"),
        (UpstreamTimeout("no"), 504, "timeout_error"),
    ],
)
def test_a_refusal_is_an_error_of_the_dialect(refusal: Refusal, code: int, kind: str) -> None:
    """Status and type say the same; our code stands beside."""
    assert status(refusal) == code
    assert json.loads(error_body(refusal, "r1")) == {
        "type": "error",
        "error": {"type": kind, "message": "no", "code": refusal.code},
        "request_id": "r1",
    }


def test_a_refusal_in_a_stream_is_its_last_event() -> None:
    """Clients raise at an event named `error`."""
    assert error_event(Blocked("no"), "r1") == (
        b"event: error\ndata: " + error_body(Blocked("no"), "r1") + b"\n\n"
    )


def test_an_event_is_named_by_its_type() -> None:
    """Clients go by the name of an event; what nobody changed keeps its bytes."""
    assert encode({"type": "ping"}, stream=True) == b'event: ping\ndata: {"type":"ping"}\n\n'
    assert encode({"type": "ping"}, stream=True, text='{"type": "ping" }') == (
        b'event: ping\ndata: {"type": "ping" }\n\n'
    )


def test_a_whole_body_is_compact_json() -> None:
    """A body keeps characters as they are, and half a pair by its escape."""
    assert encode({"a": "ż"}, stream=False) == '{"a":"ż"}'.encode()
    assert encode({"a": "\ud800"}, stream=False) == b'{"a":"\\ud800"}'
