"""What is kept: asked for by method and path, and nothing that a person wrote goes on."""

import json
import re
from typing import Any

import pytest

from guardrail_gw.core.exchange import BARE, EventKind, Head
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept
from guardrail_gw.dialects.openai_responses.stored import ROUTES
from guardrail_gw.errors import (
    BodyRefused,
    OperationRefused,
    QueryRefused,
    Refusal,
    StateUnknown,
    SurfaceNotServed,
)
from tests.support.responses import RESPONSES

ITEM = "msg_68c200091ccc8191b38e07ea231e862d0003919771fccd27"
SERVED = [
    # whether it adds to what is kept, and whether it ends it
    ("GET", "/responses/resp_1", "response", (False, False)),
    ("DELETE", "/responses/resp_1", "response", (False, True)),
    ("GET", "/responses/resp_1/input_items", "response", (False, False)),
    ("GET", "/conversations/conv_1", "conversation", (False, False)),
    ("POST", "/conversations/conv_1", "conversation", (True, False)),
    ("DELETE", "/conversations/conv_1", "conversation", (False, True)),
    ("GET", "/conversations/conv_1/items", "conversation", (False, False)),
    ("POST", "/conversations/conv_1/items", "conversation", (True, False)),
    ("GET", f"/conversations/conv_1/items/{ITEM}", "conversation", (False, False)),
    ("DELETE", f"/conversations/conv_1/items/{ITEM}", "conversation", (False, False)),
]


@pytest.mark.parametrize("prefix", ["", "/v1", "/openai/v1", "/openai"])
@pytest.mark.parametrize(("method", "path", "kind", "does"), SERVED)
def test_a_path_says_what_is_asked_for(
    prefix: str, method: str, path: str, kind: str, does: tuple[bool, bool]
) -> None:
    """Under every prefix, and with a slash at its end; the provider gets the bare path."""
    for target in (f"{prefix}{path}", f"http://host{prefix}{path}/?x=Anna#anna"):
        head = RESPONSES.stored_head(method, target, {})
        question = RESPONSES.parse(b"{}", head)

        assert (head.method, RESPONSES.operation(head)) == (method, path)
        assert question.recall is not None
        assert question.recall.kind == kind
        assert (question.recall.adds, question.recall.ends) == does
        assert question.recall.removes is (method == "DELETE")
        assert (Feature.STORAGE in question.features) is (method != "DELETE")
        assert not question.store
    assert any(re.fullmatch(p, f"{prefix}{path}"[1:]) for how, p in ROUTES if how == method)


def test_a_conversation_that_is_made_is_kept() -> None:
    """It goes on from nothing, and its answer is its name."""
    question = RESPONSES.parse(b"", RESPONSES.stored_head("POST", "/v1/conversations", {}))

    assert (question.recall, question.makes, question.store) == (None, Kept.CONVERSATION, True)


@pytest.mark.parametrize(
    ("method", "target", "refusal"),
    [
        ("POST", "/v1/responses/resp_1/cancel", OperationRefused),
        ("GET", "/v1/responses/resp_1?stream=true", QueryRefused),
        ("GET", "/v1/responses/resp_1?starting_after=3", QueryRefused),
        ("GET", "/v1/responses/resp_1?include=Anna+Schmidt", QueryRefused),
        ("GET", "/v1/responses/resp_1?include=anna.schmidt", QueryRefused),
        ("GET", "/v1/conversations/conv_1/items?after=anna_schmidt", QueryRefused),
        ("GET", "/v1/conversations/conv_1/items?order=Anna", QueryRefused),
        ("GET", "/v1/conversations/conv_1/items?limit=1e3", QueryRefused),
        ("GET", "/v1/conversations/conv_1/items/anna_schmidt", StateUnknown),
        ("GET", "/v1/conversations/conv_1/items/msg_4915112345678", StateUnknown),
        ("GET", "/v1/responses/anna%20schmidt", SurfaceNotServed),
        ("GET", "/v1/responses/resp_1/other", SurfaceNotServed),
        ("POST", "/v1/responses/resp_1", SurfaceNotServed),
        ("PUT", "/v1/conversations/conv_1", SurfaceNotServed),
    ],
)
def test_what_a_person_may_have_written_is_refused(
    method: str, target: str, refusal: type[Refusal]
) -> None:
    """In a name, a query or another path; nothing of it is repeated."""
    with pytest.raises(refusal) as refused:
        RESPONSES.stored_head(method, target, {})

    assert "anna" not in refused.value.detail.lower()


def test_of_a_query_only_closed_forms_go_on() -> None:
    """The rest has no effect."""
    included = "include%5B%5D=web_search_call.results&include=reasoning.encrypted_content"
    query = f"{included}&limit=20&order=asc&after={ITEM}&stream=false&x=Anna"

    head = RESPONSES.stored_head("GET", f"/v1/conversations/conv_1/items?{query}", {})

    assert RESPONSES.operation(head).partition("?")[2] == (
        f"{included}&limit=20&order=asc&after={ITEM}"
    )


def test_what_is_added_is_walked_like_any_input() -> None:
    """Items, metadata and what nobody knows; the body leaves edited, without a model."""
    head = Head(path="/conversations/conv_1/items", method="POST")
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Anna"}]}
    raw = json.dumps({"items": [item], "metadata": {"of": "Anna"}, "x": "Anna"}).encode()
    question = RESPONSES.parse(raw, head)
    names = {i: "X" for i, s in enumerate(question.segments) if s.text == "Anna"}

    envelope = RESPONSES.rewrite(question, names, stored=False)

    assert len(names) == 3
    assert envelope.addressed(b'"m"', b',"a":1') == raw.replace(b"Anna", b"X")
    assert RESPONSES.rewrite(question, {}).addressed(b'"m"') == raw
    with pytest.raises(BodyRefused):
        RESPONSES.parse(b"[]", head)


def test_a_request_without_a_body_leaves_without_one() -> None:
    """Whatever is sent with it."""
    head = RESPONSES.stored_head("GET", "/v1/responses/resp_1", {})

    assert RESPONSES.rewrite(RESPONSES.parse(b"", head), {}).addressed(b'"m"') == b""


def texts(data: dict[str, Any], path: str = "/conversations/c/items") -> list[tuple[str, str]]:
    """The strings that are restored, and how they are written."""
    question = RESPONSES.parse(b"", Head(path=path, method="GET"))
    return [(s.holder[s.key], s.escape) for s in RESPONSES.slots(question, data)]


def test_what_comes_back_is_restored_like_an_answer() -> None:
    """A response, a list, an item and a conversation; arguments as JSON."""
    message = {"id": "m", "type": "message", "role": "user", "content": [{"text": "a"}]}
    call = {"id": "f", "type": "function_call", "name": "n", "arguments": '{"b":1}'}
    wants = {"format": {"type": "json_object"}}
    said = {"id": "m", "type": "message", "content": [{"type": "output_text", "text": "{}"}]}

    assert (
        texts({"object": "list", "data": [message, call], "last_id": "f"})
        == [
            *(("list", "text"), ("a", "text"), ("n", "text"), ('{"b":1}', "json")),
        ][1:]
    )
    assert texts(message) == [("a", "text")]
    assert ("{}", "json") in texts({"id": "r", "output": [said], "text": wants})
    assert texts({"id": "c", "object": "conversation", "metadata": {"k": "a"}}) == [("a", "text")]


def test_counts_of_what_is_kept_are_not_counted_again() -> None:
    """They were when it was made; whatever its state, it is given as it is."""
    for data in ({"id": "resp_1", "status": "failed", "error": {"code": "x"}, "usage": {}}, {}):
        reader = RESPONSES.reader(stream=False, head=Head(path="/responses/r", method="GET"))
        reader.feed(json.dumps(data).encode())

        (event,) = reader.end()

        assert (event.kind, event.usage, event.provider_id) == (
            EventKind.CONTENT,
            None,
            data.get("id"),
        )
    assert BARE.method == "POST"
