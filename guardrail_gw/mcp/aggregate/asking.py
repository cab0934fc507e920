"""What a client asks at the endpoint of all servers, in the names and URIs of the server it means.

Source: Model Context Protocol, 2026-07-28 and 2025-11-25, schemas of the requests.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.mcp.aggregate.names import Names
from guardrail_gw.mcp.aggregate.uris import Located, inward
from guardrail_gw.mcp_errors import ToolUnknown

Params = Mapping[str, Any]
BY_URI: Final = frozenset({"resources/read", "resources/subscribe", "resources/unsubscribe"})
_PROMPT, _RESOURCE = "ref/prompt", "ref/resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whom a request is for, and in which words."""

    server: str
    params: dict[str, Any] = field(repr=False)
    name: str | None = None
    """Of the tool or prompt, as its server has it."""


def meant(
    method: str, params: Params, *, tools: Names, prompts: Names, servers: Collection[str]
) -> Meant:
    """Find the server that a request names something of, and put it in that server's words.

    Args:
        method: of those that name something; any other names nothing here.
        params: as the client says them.
        tools: what tools are called here.
        prompts: what prompts are called here.
        servers: ids of those that there are.

    Raises:
        ToolUnknown: nothing has that name here.
    """
    if method == "tools/call":
        found = _named(params, tools)
        return _at_home(found, servers)
    if method == "prompts/get":
        return _named(params, prompts)
    if method in BY_URI:
        at = _at(params.get("uri"), servers)
        return Meant(server=at.server, params={**params, "uri": at.uri})
    if method == "completion/complete":
        return _completed(params, prompts, servers)
    raise ToolUnknown(f"{method} names no server at the endpoint of all servers")


def _named(params: Params, names: Names) -> Meant:
    name = params.get("name")
    own = names.owns.get(name) if isinstance(name, str) else None
    if own is None:
        raise ToolUnknown("nothing has this name here; ask for the list")
    return Meant(server=own.server, params={**params, "name": own.name}, name=own.name)


def _at(uri: object, servers: Collection[str]) -> Located:
    at = inward(uri, servers) if isinstance(uri, str) else None
    if at is None:
        raise ToolUnknown("nothing has this URI here; ask for the list")
    return at


def _completed(params: Params, prompts: Names, servers: Collection[str]) -> Meant:
    ref = params.get("ref")
    said = ref if isinstance(ref, Mapping) else {}
    if said.get("type") == _PROMPT:
        found = _named(said, prompts)
        return Meant(server=found.server, params={**params, "ref": found.params}, name=found.name)
    if said.get("type") == _RESOURCE:
        at = _at(said.get("uri"), servers)
        return Meant(server=at.server, params={**params, "ref": {**said, "uri": at.uri}})
    raise ToolUnknown("only prompts and templates of resources have something to complete")


def _at_home(found: Meant, servers: Collection[str]) -> Meant:
    """With URIs that a model read in an earlier answer of this server as the server has them.

    A whole string only, and only where it names this very server: nothing else is touched.
    """
    arguments = found.params.get("arguments")
    if not isinstance(arguments, Mapping):
        return found
    here = found.server, frozenset(servers)
    told = {name: _at_home_in(value, *here) for name, value in arguments.items()}
    return Meant(server=found.server, params={**found.params, "arguments": told}, name=found.name)


def _at_home_in(value: object, server: str, servers: Collection[str]) -> object:
    if isinstance(value, str):
        at = inward(value, servers)
        return at.uri if at is not None and at.server == server else value
    if isinstance(value, list):
        return [_at_home_in(each, server, servers) for each in value]
    if isinstance(value, dict):
        return {name: _at_home_in(each, server, servers) for name, each in value.items()}
    return value
