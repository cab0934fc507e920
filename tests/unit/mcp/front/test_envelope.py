"""What a client posted."""

import json

import pytest

from guardrail_gw.errors import BodyRefused
from guardrail_gw.mcp.front.envelope import Notice, Request, Response, read


def _body(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}).encode()


def test_requests_notifications_and_responses_are_told_apart() -> None:
    """By their method and their id."""
    request = read(_body(id=7, method="tools/list"))
    notice = read(_body(method="notifications/initialized", params={"_meta": {}}))
    response = read(_body(id="g1", result={}))

    assert isinstance(request, Request)
    assert (request.id, request.method, request.params) == (7, "tools/list", {})
    assert isinstance(notice, Notice)
    assert isinstance(response, Response)
    assert response.id == "g1"


@pytest.mark.parametrize(
    "body",
    [
        b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
        b'{"id":1,"method":"ping"}',
        _body(id=None, method="ping"),
        _body(id=True, method="ping"),
        _body(id=1.5, method="ping"),
        _body(id="x" * 257, method="ping"),
        _body(id=1, method=""),
        _body(id=1, method="ping", params=[]),
        _body(id=1, method="ping", params={"_meta": 1}),
        _body(id=1, result={}, error={}),
        _body(id=1),
        _body(id=1, result=1),
        _body(result={}),
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    """Batches, ids that are none, parameters that are no object, and halves of responses."""
    with pytest.raises(BodyRefused) as caught:
        read(body)

    assert caught.value.code == "body.not_rpc"


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "body.not_json"), (b'{"a":1,"a":2}', "body.duplicate_key"), (b"\xff", "body.not_utf8")],
)
def test_what_is_no_strict_json_is_refused(body: bytes, code: str) -> None:
    """Who reads the first of two members and who reads the last must not see two requests."""
    with pytest.raises(BodyRefused) as caught:
        read(body)

    assert caught.value.code == code


def test_nothing_of_a_message_is_in_its_repr() -> None:
    """A method and an id may hold what a person wrote."""
    assert "jane" not in repr(read(_body(id="jane", method="jane", params={"a": "jane"})))
