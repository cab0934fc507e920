"""Every place of an answer that names a thing of a server leads back from what clients are told."""

import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.mcp.aggregate.asking import meant
from guardrail_gw.mcp.aggregate.names import Names, names
from guardrail_gw.mcp.aggregate.telling import Telling
from guardrail_gw.mcp.aggregate.uris import inward, outward
from guardrail_gw.mcp_errors import ToolUnknown
from guardrail_gw.mcp_servers import AggregateConfig

SERVERS = {"files", "git"}
NAMES = names({"files": ["read"], "git": ["log"]}, AggregateConfig())
NOTHING = Names(shown={}, owns={})
URI = "file:///a.txt"
Build = Callable[[str], dict[str, Any]]
RESULTS: dict[str, tuple[str, Build]] = {
    "read": ("resources/read", lambda u: {"contents": [{"uri": u, "text": "x"}]}),
    "link": ("tools/call", lambda u: {"content": [{"type": "resource_link", "uri": u}]}),
    "embedded": (
        "tools/call",
        lambda u: {"content": [{"type": "resource", "resource": {"uri": u, "text": "x"}}]},
    ),
    "app": ("tools/call", lambda u: {"content": [], "_meta": {"ui": {"resourceUri": u, "x": 1}}}),
    "first form of app": ("tools/call", lambda u: {"_meta": {"ui/resourceUri": u}}),
    "app of a block": (
        "tools/call",
        lambda u: {"content": [{"type": "text", "_meta": {"ui": {"resourceUri": u}}}]},
    ),
    "tool result in a block": (
        "tools/call",
        lambda u: {
            "content": [{"type": "tool_result", "content": [{"type": "resource_link", "uri": u}]}]
        },
    ),
    "prompt": (
        "prompts/get",
        lambda u: {"messages": [{"role": "user", "content": {"type": "resource_link", "uri": u}}]},
    ),
    "prompt of blocks": (
        "prompts/get",
        lambda u: {"messages": [{"content": [{"type": "resource", "resource": {"uri": u}}]}]},
    ),
    "asked first": (
        "tools/call",
        lambda u: {
            "resultType": "input_required",
            "inputRequests": {
                "a": {
                    "method": "sampling/createMessage",
                    "params": {"messages": [{"content": {"type": "resource_link", "uri": u}}]},
                }
            },
        },
    ),
}


@pytest.mark.mcp_row(19)
@pytest.mark.parametrize("place", RESULTS)
@pytest.mark.parametrize("uri", [URI, "ui://form/x", "a b"])
def test_results_name_things_as_clients_find_them(place: str, uri: str) -> None:
    """In each place the URI is told as `resources/read` takes it, and nothing else is changed."""
    method, built = RESULTS[place]

    told = Telling("files", NAMES).result(method, built(uri))

    assert told == built(outward("files", uri))


@pytest.mark.parametrize(
    "method", ["notifications/resources/updated", "sampling/createMessage", "notifications/message"]
)
def test_notifications_name_things_as_clients_find_them(method: str) -> None:
    """A changed resource is told by the URI that was subscribed to; texts stay as they are."""
    block = {"type": "resource_link", "uri": URI}
    asked: dict[str, dict[str, Any]] = {
        "notifications/resources/updated": {"uri": URI},
        "sampling/createMessage": {"messages": [{"role": "user", "content": block}]},
        "notifications/message": {"level": "info", "data": {"uri": URI}},
    }
    params = asked[method]

    told = Telling("files", NAMES).notification({"method": method, "params": params})

    changed = str(params).replace(URI, f"files+{URI}")
    assert str(told["params"]) == (str(params) if method.endswith("message") else changed)


def test_entries_of_lists_are_named() -> None:
    """Tools, resources and templates are listed as they are asked for; what has no name is not."""
    tell = Telling("files", NAMES)

    assert tell.tool({"name": "read", "x": 1, "_meta": {"ui": {"resourceUri": "ui://a"}}}) == {
        "name": "files__read",
        "x": 1,
        "_meta": {"ui": {"resourceUri": "ui://files+a"}},
    }
    assert tell.tool({"name": "other"}) is None
    assert tell.resource({"uri": URI, "name": "a"}) == {"uri": f"files+{URI}", "name": "a"}
    assert tell.template({"uriTemplate": "file:///{p}"}) == {"uriTemplate": "files+file:///{p}"}
    assert tell.resource({"name": "a"}) is None


@given(uri=st.text(max_size=30))
def test_what_is_told_is_understood(uri: str) -> None:
    """Read, subscribe and complete take every URI that a result or a list has told."""
    told = Telling("files", NAMES).resource({"uri": uri})
    assert told is not None

    for method in ("resources/read", "resources/subscribe", "resources/unsubscribe"):
        asked = meant(method, told, tools=NAMES, prompts=NAMES, servers=SERVERS)
        assert (asked.server, asked.params["uri"]) == ("files", uri)


def test_requests_are_put_in_the_servers_words() -> None:
    """A call, a prompt and a completion reach the server they name, by its own names."""
    call = {"name": "git__log", "arguments": {"n": 1}, "_meta": {"x": 1}}
    by_prompt = {"ref": {"type": "ref/prompt", "name": "git__log"}, "argument": {"name": "a"}}
    by_template = {"ref": {"type": "ref/resource", "uri": "files+file:///{p}"}}

    asked = [
        meant(method, params, tools=NAMES, prompts=NAMES, servers=SERVERS)
        for method, params in (
            ("tools/call", call),
            ("prompts/get", {"name": "files__read"}),
            ("completion/complete", by_prompt),
            ("completion/complete", by_template),
        )
    ]

    assert [(each.server, each.name) for each in asked] == [
        ("git", "log"),
        ("files", "read"),
        ("git", "log"),
        ("files", None),
    ]
    assert asked[0].params == {**call, "name": "log"}
    assert asked[2].params["ref"] == {"type": "ref/prompt", "name": "log"}
    assert asked[3].params["ref"]["uri"] == "file:///{p}"


def test_a_model_may_use_what_it_read() -> None:
    """Arguments that are URIs as told are the server's own again, of that very server only."""
    arguments = {"path": f"files+{URI}", "all": [f"git+{URI}", {"p": f"files+{URI}"}], "t": "x +y:"}
    call = {"name": "files__read", "arguments": arguments}

    asked = meant("tools/call", call, tools=NAMES, prompts=NOTHING, servers=SERVERS)

    assert asked.params["arguments"] == {
        "path": URI,
        "all": [f"git+{URI}", {"p": URI}],
        "t": "x +y:",
    }


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": "read"}),
        ("tools/call", {}),
        ("prompts/get", {"name": 1}),
        ("resources/read", {"uri": URI}),
        ("resources/read", {"uri": "evil+file:///a"}),
        ("completion/complete", {"ref": {"type": "ref/other"}}),
        ("completion/complete", {}),
        ("tasks/get", {"taskId": "x"}),
    ],
)
def test_what_names_nothing_here_is_unknown(method: str, params: dict[str, Any]) -> None:
    """A name or URI that was not told leads to no server."""
    with pytest.raises(ToolUnknown):
        meant(method, params, tools=NAMES, prompts=NAMES, servers=SERVERS)


def test_inward_agrees_with_telling() -> None:
    """The way back of a result's URI is the module of URIs itself."""
    told = Telling("git", NAMES).result("resources/read", {"contents": [{"uri": "git://x"}]})

    assert inward(told["contents"][0]["uri"], SERVERS) == ("git", "git://x")


def test_it_ends_with_its_last_user() -> None:
    """It is in no circle, for which the garbage of each call would wait."""
    told = Telling("files", NAMES)
    told.result("tools/call", {"content": []})
    gone = weakref.ref(told)

    del told

    assert gone() is None
