"""Requests and messages as they are read, and with some of it replaced."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Head
from guardrail_gw.core.text import SegmentKind
from guardrail_gw.dialects.mcp.dialect import MCP
from guardrail_gw.dialects.mcp.digest import digest
from guardrail_gw.dialects.mcp.marked import edited
from guardrail_gw.errors import BodyRefused
from guardrail_gw.mcp_errors import MethodDenied

NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(arguments=st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_nobody_changes_stays(arguments: dict[str, Any]) -> None:
    """No replacement, no change; and the canonical form is read as the same question."""
    question = MCP.question("crm", "tools/call", {"name": "do", "arguments": arguments})

    sent = MCP.rewrite(question, {}).addressed(b'""')
    again = MCP.parse(sent, Head(model="crm"))

    assert json.loads(sent)["params"]["arguments"] == arguments
    assert again.segments == question.segments


@given(arguments=st.dictionaries(NAMES, VALUES, max_size=4), data=st.data())
def test_every_string_can_be_replaced(arguments: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is replaced stands there, and nothing else moves."""
    question = MCP.question("crm", "tools/call", {"name": "do", "arguments": arguments})
    texts = [segment.text for segment in question.segments]
    which = data.draw(st.sets(st.sampled_from(range(len(texts)))))
    new = {i: f"new{i}" for i in which}

    again = MCP.parse(MCP.rewrite(question, new).addressed(b'""'), Head(model="crm"))

    assert sorted(s.text for s in again.segments) == sorted(
        new.get(i, text) for i, text in enumerate(texts)
    )


def test_names_of_members_are_read_by_rules_alone() -> None:
    """And strings that hold JSON as what they hold."""
    arguments = {"to": '{"who": "Anna"}', "n": 4111111111111111}
    question = MCP.question("crm", "tools/call", {"name": "do", "arguments": arguments})

    assert [(s.text, s.kind) for s in question.segments] == [
        ("do", SegmentKind.KEY),
        ("to", SegmentKind.KEY),
        ("who", SegmentKind.KEY),
        ("Anna", SegmentKind.PROSE),
        ("n", SegmentKind.KEY),
        ("4111111111111111", SegmentKind.KEY),
    ]


def test_base64_of_a_text_is_read_and_written() -> None:
    """What stands in a blob is replaced within it."""
    blob = base64.b64encode(b'{"who": "Anna"}').decode()
    message = {"result": {"contents": [{"uri": "a:b", "blob": blob}]}}
    question = MCP.question("crm", "resources/read", {"uri": "a:b"})
    heard = MCP.heard(question, message)
    (index,) = [i for i, s in enumerate(heard.segments) if s.text == "Anna"]

    changed = heard.rewritten({index: "PERSON_1"})

    written = changed["result"]["contents"][0]["blob"]
    assert base64.b64decode(written).decode() == '{"who": "PERSON_1"}'
    assert message["result"]["contents"][0]["blob"] == blob


@pytest.mark.parametrize("data", [b"\x89PNG\x00", b"\xff\xfe", b"a\x00b"])
def test_base64_of_anything_else_is_an_attachment(data: bytes) -> None:
    """Nothing looks into it, so the policy decides."""
    blob = base64.b64encode(data).decode()
    question = MCP.question("crm", "resources/read", {"uri": "a:b"})

    heard = MCP.heard(question, {"result": {"contents": [{"uri": "a:b", "blob": blob}]}})

    assert [each.media for each in heard.attachments] == ["base64"]


@pytest.mark.mcp_row(3)
@pytest.mark.parametrize("method", ["tasks/get", "sampling/createMessage", "x/y", "initialize"])
def test_a_method_that_nobody_listed_is_refused(method: str) -> None:
    """Also one that only servers ask; its name is not repeated."""
    with pytest.raises(MethodDenied) as refused:
        MCP.question("crm", method, {})

    assert method not in str(refused.value)


def test_a_method_that_a_server_takes_is_read_in_full() -> None:
    """All of it is free-form, its keys too."""
    extensions = frozenset({"tasks/get"})

    question = MCP.question("crm", "tasks/get", {"taskId": "Anna"}, extensions=extensions)

    assert [s.text for s in question.segments] == ["taskId", "Anna"]


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b'{"method":"tools/call"}', b'{"method":1,"params":{}}',
     b'{"method":"tools/call","params":[]}', b'{"method":"tools/call","other":{}}'],
)  # fmt: skip
def test_only_the_canonical_form_is_read(body: bytes) -> None:
    """Anything else is no request of MCP."""
    with pytest.raises(BodyRefused):
        MCP.parse(body)


def test_the_servers_state_is_in_no_bytes() -> None:
    """It is carried beside them, and nobody looks into it."""
    question = MCP.question("crm", "tools/call", {"name": "do", "requestState": "Anna"})

    assert question.source.state == "Anna"
    assert b"Anna" not in MCP.rewrite(question, {}).addressed(b'""')
    with pytest.raises(BodyRefused):
        MCP.question("crm", "tools/call", {"name": "do", "requestState": {"a": "Anna"}})


def test_a_number_stays_a_number_where_it_can() -> None:
    """A text in its place is a text."""
    assert edited({"a": 7, "b": 8.5}, {("a",): "-12", ("b",): "X_1"}) == {"a": -12, "b": "X_1"}


def test_numbers_beyond_the_canonical_form_have_a_digest() -> None:
    """RFC 8785 has none for them; FORMAT.md says what is taken instead."""
    one, other = digest({"b": 2**60, "a": 1}), digest({"a": 1, "b": 2**60})

    assert one == other
    assert one != digest({"a": 1, "b": 2**60 + 1})


@pytest.mark.parametrize(
    "message",
    [
        {"error": {"code": -32603, "message": "no Erika"}},
        {"method": "notifications/message", "params": {"level": "info", "data": "Erika"}},
        {"result": {"resultType": "input_required", "inputRequests": {}}},
    ],
)
def test_what_comes_instead_of_a_list_is_no_definition(message: dict[str, Any]) -> None:
    """Only in definitions does nothing count but what is sure."""
    question = MCP.question("crm", "tools/list", {})

    assert not MCP.is_definition(question, message)
    assert MCP.is_definition(question, {"result": {"tools": []}})
