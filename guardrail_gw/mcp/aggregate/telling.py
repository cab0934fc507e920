"""What a server says, in the names and URIs of the endpoint of all servers.

Every place of a result or a notification that names a thing of the server: entries of lists, what
was read, links and embedded resources in what tools and prompts answer, `_meta.ui.resourceUri`.
Nothing is changed in place, and what names nothing is passed on as it is.

Source: Model Context Protocol, 2026-07-28 and 2025-11-25, schemas of the results;
MCP Apps (SEP-1865): `_meta.ui.resourceUri`, and `_meta["ui/resourceUri"]` of its first form.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from guardrail_gw.mcp.aggregate.names import Names, Own
from guardrail_gw.mcp.aggregate.uris import outward, outward_template

Value = Mapping[str, Any]
_FLAT: Final = "ui/resourceUri"


class Telling:
    """Tells clients what one server says."""

    def __init__(self, server: str, names: Names) -> None:
        self._server = server
        self._names = names

    def result(self, method: str, result: Value) -> dict[str, Any]:
        """A result of this method; lists are joined elsewhere, entry by entry (`entry`)."""
        return self._asked(self._with_meta(self._told(method, result)))

    def _told(self, method: str, result: Value) -> dict[str, Any]:
        match method:
            case "resources/read":
                return self._each(result, "contents", self._thing)
            case "tools/call":
                return self._each(result, "content", self._block)
            case "prompts/get":
                return self._each(result, "messages", self._message)
            case _:
                return dict(result)

    def notification(self, message: Value) -> dict[str, Any]:
        """A notification, or what the server asks in the middle of a call."""
        params = message.get("params")
        if not isinstance(params, Mapping):
            return dict(message)
        told = self._with_meta(params)
        if message.get("method") == "notifications/resources/updated":
            told = self._thing(told)
        elif message.get("method") == "sampling/createMessage":
            told = self._each(told, "messages", self._message)
        return {**message, "params": told}

    def tool(self, entry: Value) -> dict[str, Any] | None:
        """A tool or a prompt of a list; None where it has no name here."""
        name = entry.get("name")
        shown = self._names.shown.get(Own(self._server, name)) if isinstance(name, str) else None
        return None if shown is None else {**self._with_meta(entry), "name": shown}

    prompt = tool

    def resource(self, entry: Value) -> dict[str, Any] | None:
        """A resource of a list."""
        return self._thing(entry) if isinstance(entry.get("uri"), str) else None

    def template(self, entry: Value) -> dict[str, Any] | None:
        """A template of resources of a list."""
        template = entry.get("uriTemplate")
        if not isinstance(template, str):
            return None
        told = outward_template(self._server, template)
        return {**self._with_meta(entry), "uriTemplate": told}

    def _message(self, message: Value) -> dict[str, Any]:
        content = message.get("content")
        if isinstance(content, list):
            return self._each(message, "content", self._block)
        block = self._block(content) if isinstance(content, Mapping) else content
        return {**message, "content": block} if "content" in message else dict(message)

    def _block(self, block: Value) -> dict[str, Any]:
        """One block of content; blocks may hold what another tool answered."""
        told = self._with_meta(block)
        if told.get("type") == "resource_link":
            return self._thing(told)
        if isinstance(resource := told.get("resource"), Mapping):
            told["resource"] = self._thing(resource)
        return self._each(told, "content", self._block)

    def _thing(self, thing: Value) -> dict[str, Any]:
        told = self._with_meta(thing)
        if isinstance(uri := told.get("uri"), str):
            told["uri"] = outward(self._server, uri)
        return told

    def _asked(self, result: dict[str, Any]) -> dict[str, Any]:
        """What a server of the modern era asks before it answers."""
        requests = result.get("inputRequests")
        if not isinstance(requests, Mapping):
            return result
        told = {
            name: self.notification(each) if isinstance(each, Mapping) else each
            for name, each in requests.items()
        }
        return {**result, "inputRequests": told}

    def _with_meta(self, value: Value) -> dict[str, Any]:
        """With the app that shows it, if it names one."""
        meta, told = value.get("_meta"), dict(value)
        if not isinstance(meta, Mapping):
            return told
        changed = dict(meta)
        if isinstance(flat := meta.get(_FLAT), str):
            changed[_FLAT] = outward(self._server, flat)
        ui = meta.get("ui")
        if isinstance(ui, Mapping) and isinstance(uri := ui.get("resourceUri"), str):
            changed["ui"] = {**ui, "resourceUri": outward(self._server, uri)}
        told["_meta"] = changed
        return told

    def _each(
        self, value: Value, member: str, told: Callable[[Value], dict[str, Any]]
    ) -> dict[str, Any]:
        entries = value.get(member)
        if not isinstance(entries, list):
            return dict(value)
        changed = [told(each) if isinstance(each, Mapping) else each for each in entries]
        return {**value, member: changed}
