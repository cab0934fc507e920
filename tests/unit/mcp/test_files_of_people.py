"""Resources are called after people: what a client is told of them it can read, and no more."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.dialects.mcp.dialect import MCP
from guardrail_gw.dialects.mcp.methods import LISTS
from guardrail_gw.errors import NoLawfulUpstream, UnsupportedContent
from guardrail_gw.mcp.ports import LISTEN, Ask, Message
from tests.support.audit_world import World
from tests.support.tool_world import MAIL, NAME, OTHER, VALUES, Scripted, answers, tool_world

QUOTED = "Anna%20Schmidt"
FILES: Mapping[str, str] = {
    f"file:///home/{NAME}/letter.txt": f"Dear {NAME}",
    "file:///home/shared/plan.txt": "All is well.",
    f"file:///home/{MAIL}.txt": "A mailbox.",
}
BLOCKS = "pii: {default: {action: token}}"


async def _files(ask: Ask) -> AsyncIterator[Message]:
    """A server of files, called after those whose they are."""
    if ask.method == "resources/list":
        entries = [
            {"uri": uri, "name": uri.rpartition("/")[2], "title": f"Of {NAME}", "size": len(text)}
            for uri, text in FILES.items()
        ]
        yield {"result": {"resources": entries}}
    elif ask.method == "resources/templates/list":
        template = {"uriTemplate": f"file:///home/{NAME}/{{file}}", "name": f"Of {NAME}"}
        yield {"result": {"resourceTemplates": [template]}}
    elif ask.method == "resources/read" and (text := FILES.get(ask.params["uri"])) is not None:
        yield {"result": {"contents": [{"uri": ask.params["uri"], "text": text}]}}
    elif ask.method == "listen":
        [uri] = ask.params["resources"]
        yield {"method": "notifications/resources/updated", "params": {"uri": uri}}
        yield {"result": {}}
    else:
        yield {"error": {"code": -32602, "message": "there is no such file"}}


def _listed(told: list[Message]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = told[-1]["result"]["resources"]
    return entries


async def test_what_is_listed_with_a_placeholder_is_read_by_it(
    tmp_path: Path, keyed: World
) -> None:
    """By whoever was told, from the server that said it, though the policy trusts no server."""
    files, other = Scripted("files", _files), Scripted("other", _files)
    async with tool_world(tmp_path, keyed, [files, other]) as here:
        entries = _listed(await here.ask("files", "resources/list", {}))
        uris = [each["uri"] for each in entries]
        read = [await here.ask("files", "resources/read", {"uri": uri}) for uri in uris]
        elsewhere = await here.ask("other", "resources/read", {"uri": uris[0]})
        stranger = await here.ask("files", "resources/read", {"uri": uris[0]}, OTHER)

    assert NAME not in json.dumps([entries, read, elsewhere, stranger])
    assert MAIL not in json.dumps([entries, read])
    assert [each[-1]["result"]["contents"][0]["uri"] for each in read] == uris
    assert [ask.params["uri"] for ask in files.asked[1:4]] == [*FILES]
    assert "error" in elsewhere[-1]
    assert "error" in stranger[-1]
    assert NAME not in other.seen
    assert NAME not in files.asked[4].params["uri"]


async def test_what_a_server_was_told_by_a_placeholder_it_never_gets(
    tmp_path: Path, keyed: World
) -> None:
    """Though it says the placeholder in a URI, beside a value of its own, and is asked for that."""

    async def repeats(ask: Ask) -> AsyncIterator[Message]:
        if ask.method == "tools/call":
            uri = f"evil://{ask.params['arguments']['who']}/{NAME}"
            yield {"result": {"content": [{"type": "resource_link", "name": "x", "uri": uri}]}}
        else:
            yield {"result": {"contents": [{"uri": ask.params["uri"], "text": "well"}]}}

    says = {"content": [{"type": "text", "text": MAIL}]}
    servers = [Scripted("crm", answers(says)), Scripted("evil", repeats)]
    async with tool_world(tmp_path, keyed, servers, f"{BLOCKS}\ntools: {{trust: [crm]}}") as here:
        said = await here.call("crm", {"who": "whoever"})
        token = said[-1]["result"]["content"][0]["text"]
        linked = await here.call("evil", {"who": token})
        uri = linked[-1]["result"]["content"][0]["uri"]
        await here.ask("evil", "resources/read", {"uri": uri})

    assert token in uri
    assert NAME in servers[1].asked[1].params["uri"]
    assert MAIL not in servers[1].seen


async def test_only_a_uri_gets_its_value_back(tmp_path: Path, keyed: World) -> None:
    """Not what stands beside it, and not the arguments of a tool."""
    files = Scripted("files", _files)
    async with tool_world(tmp_path, keyed, [files]) as here:
        [uri, *_] = [e["uri"] for e in _listed(await here.ask("files", "resources/list", {}))]
        meta = {"example.com/said": uri}
        await here.ask("files", "resources/read", {"uri": uri, "_meta": meta})
        await here.call("files", {"path": uri})

    asked, called = files.asked[1:]
    assert NAME in asked.params["uri"]
    assert NAME not in json.dumps([asked.params["_meta"], called.params])


async def test_what_is_subscribed_to_by_a_placeholder_is_heard_of_by_it(
    tmp_path: Path, keyed: World
) -> None:
    """The server is asked for its own URI, and the client is told the one that it knows."""
    files = Scripted("files", _files)
    async with tool_world(tmp_path, keyed, [files]) as here:
        [uri, *_] = [e["uri"] for e in _listed(await here.ask("files", "resources/list", {}))]
        params = {"notifications": {"resourceSubscriptions": [uri]}}
        told = await here.ask("files", LISTEN, params)

    assert files.asked[-1].params["resources"] == [next(iter(FILES))]
    assert told[0]["params"]["uri"] == uri


async def test_what_a_client_makes_of_a_template_leads_back(tmp_path: Path, keyed: World) -> None:
    """A template holds a placeholder, and so does what is made of it."""
    files = Scripted("files", _files)
    async with tool_world(tmp_path, keyed, [files]) as here:
        told = await here.ask("files", "resources/templates/list", {})
        [template] = told[-1]["result"]["resourceTemplates"]
        uri = template["uriTemplate"].replace("{file}", "letter.txt")
        read = await here.ask("files", "resources/read", {"uri": uri})

    assert NAME not in json.dumps([told, read])
    assert "result" in read[-1]


async def test_a_link_of_a_tool_is_read_by_what_the_client_was_told(
    tmp_path: Path, keyed: World
) -> None:
    """As what is listed."""
    uri = next(iter(FILES))
    link = {"type": "resource_link", "uri": uri, "name": NAME}

    async def script(ask: Ask) -> AsyncIterator[Message]:
        if ask.method == "tools/call":
            yield {"result": {"content": [link]}}
        else:
            async for each in _files(ask):
                yield each

    files = Scripted("files", script)
    async with tool_world(tmp_path, keyed, [files]) as here:
        told = await here.call("files", {"id": 1})
        seen = told[-1]["result"]["content"][0]["uri"]
        read = await here.ask("files", "resources/read", {"uri": seen})

    assert seen != uri
    assert "result" in read[-1]


async def test_a_uri_that_leads_nowhere_any_more_is_not_listed(
    tmp_path: Path, keyed: World
) -> None:
    """What is masked cannot be said again; the other resources stay."""
    masked = "pii: {default: {action: token}, entities: {PERSON: {action: mask}}}"
    async with tool_world(tmp_path, keyed, [Scripted("files", _files)], masked) as here:
        entries = _listed(await here.ask("files", "resources/list", {}))

    assert len(entries) == 2
    assert NAME not in json.dumps(entries)
    assert entries[0]["uri"] == "file:///home/shared/plan.txt"


async def test_a_uri_that_is_written_otherwise_than_the_title_leads_back(
    tmp_path: Path, keyed: World
) -> None:
    """Two ways to write a value have one placeholder each, or the entry is not listed."""
    uri = f"file:///home/{QUOTED}.txt"
    entries = [{"uri": uri, "name": NAME, "title": NAME}]

    async def script(ask: Ask) -> AsyncIterator[Message]:
        if ask.method == "resources/list":
            yield {"result": {"resources": entries}}
        else:
            yield {"result": {"contents": [{"uri": ask.params["uri"], "text": "ok"}]}}

    values = {**VALUES, QUOTED: "PERSON"}
    files = Scripted("files", script)
    async with tool_world(tmp_path, keyed, [files], values=values) as here:
        told = _listed(await here.ask("files", "resources/list", {}))
        for each in told:
            await here.ask("files", "resources/read", {"uri": each["uri"]})

    assert NAME not in json.dumps(told)
    assert QUOTED not in json.dumps(told)
    assert [ask.params["uri"] for ask in files.asked[1:]] == [uri]


@pytest.mark.parametrize("method", LISTS)
def test_only_tools_and_prompts_are_definitions(method: str) -> None:
    """In which only what is sure counts, so that names of persons pass there."""
    question = MCP.question("files", method, {})

    is_definition = MCP.is_definition(question, {"result": {LISTS[method]: []}})

    assert is_definition == (method in ("tools/list", "prompts/list"))


async def test_the_value_of_a_uri_binds_residency(tmp_path: Path, keyed: World) -> None:
    """It leaves, and so only to where it may be."""
    rule = "{allow_jurisdictions: [EU], when: pii_detected, on_violation: block}"
    spec = f"{BLOCKS}\nresidency: {rule}"
    files = Scripted("files", _files)
    async with tool_world(tmp_path, keyed, [files], spec, places={"files": ("US",)}) as here:
        [uri, *_] = [e["uri"] for e in _listed(await here.ask("files", "resources/list", {}))]
        with pytest.raises(NoLawfulUpstream):
            await here.ask("files", "resources/read", {"uri": uri})


async def test_a_text_with_odd_characters_is_looked_at(tmp_path: Path, keyed: World) -> None:
    """One that nothing shows does not make a file of a text."""
    data = base64.b64encode(f"\x00Dear {NAME}, this is a letter".encode()).decode()
    server = Scripted("files", answers({"contents": [{"uri": "a:b", "blob": data}]}))
    async with tool_world(tmp_path, keyed, [server]) as here:
        told = await here.ask("files", "resources/read", {"uri": "a:b"})

    written = base64.b64decode(told[-1]["result"]["contents"][0]["blob"]).decode()
    assert written.startswith("\x00Dear PERSON_")


async def test_a_file_that_can_be_read_is_looked_at_where_files_are_allowed(
    tmp_path: Path, keyed: World
) -> None:
    """And refused where they are not, since what is hidden in it may not be found."""
    data = base64.b64encode(b"\x00\x01\x02\x03" * 4 + NAME.encode() + b"\x00" * 9).decode()
    server = Scripted("files", answers({"contents": [{"uri": "a:b", "blob": data}]}))
    async with tool_world(tmp_path / "a", keyed, [server]) as here:
        with pytest.raises(UnsupportedContent):
            await here.ask("files", "resources/read", {"uri": "a:b"})
    open_ = f"{BLOCKS}\nattachments: allow"
    async with tool_world(tmp_path / "b", keyed, [server], open_) as here:
        told = await here.ask("files", "resources/read", {"uri": "a:b"})

    written = base64.b64decode(told[-1]["result"]["contents"][0]["blob"])
    assert NAME.encode() not in written
    assert b"PERSON_" in written
