"""What each server is asked, and what of the answer must be true."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.mcp_clients.house import PERSON, TEXT
from tests.mcp_servers.place import AUTHOR, Place
from tests.support.world import KEY

MODES: Final = ("legacy", "2026-07-28")
ROUTES: Final = ("own", "all")
_PLACEHOLDER: Final = re.compile(r"\b[A-Z][A-Z_]*_[0-9A-HJKMNP-TV-Z]{8}\b")
Arguments = Callable[[Place], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One server."""

    server: str
    tool: str
    arguments: Arguments
    says: tuple[str, ...]
    """What the client reads in the answer."""
    brings: tuple[str, ...] = ()
    """What the server says that nobody sent: the client reads placeholders instead."""
    more: Callable[[Client, Callable[[str], str]], Any] | None = field(default=None)
    """What else is asked of it."""

    async def fault(self, at: Place, mode: str, route: str) -> str:
        """What is wrong; nothing, if all is as it must be."""
        try:
            got = await self._got(at, mode, route)
        except Exception as failed:  # noqa: BLE001 - whatever a library makes of it
            return _innermost(failed)
        return next(self._faults(at, got), "")

    def _faults(self, at: Place, got: str) -> Any:
        leaked = [v for v in (*PERSON, *AUTHOR) if v.encode() in at.heard(self.server) + at.kept()]
        yield from (f"leaked {len(leaked)}" for _ in leaked[:1])
        yield from (f"no {word!r}" for word in self.says if word not in got)
        yield from ("brought a value" for word in self.brings if word in got)
        if self.brings and not _PLACEHOLDER.search(got):
            yield "no placeholder"
        if not at.heard(self.server):
            yield "not asked"

    async def _got(self, at: Place, mode: str, route: str) -> str:
        url = at.gateway.url(self.server if route == "own" else "")
        headers = {"Authorization": f"Bearer {KEY}"}

        def named(name: str) -> str:
            return name if route == "own" else f"{self.server}__{name}"

        async with (
            httpx2.AsyncClient(headers=headers, timeout=120) as http,
            Client(streamable_http_client(url, http_client=http), mode=mode) as client,
        ):
            listed = {tool.name for tool in (await client.list_tools()).tools}
            if named(self.tool) not in listed:
                return "(the tool is not listed)"
            result = await client.call_tool(named(self.tool), dict(self.arguments(at)))
            more = "" if self.more is None else str(await self.more(client, named))
        texts = [getattr(block, "text", "") for block in result.content]
        return "\n".join([*texts, str(result.structured_content), more])


async def _others(client: Client, named: Callable[[str], str]) -> str:
    """A prompt and a resource."""
    prompts = [each.name for each in (await client.list_prompts()).prompts]
    own = next(each for each in prompts if each == named("simple-prompt"))
    prompt = await client.get_prompt(own)
    first = (await client.list_resources()).resources[0]
    read = await client.read_resource(first.uri)
    return f"{prompt} {bool(read.contents)}"


TRIALS: Final = (
    Trial(
        server="time",
        tool="get_current_time",
        arguments=lambda _: {"timezone": "UTC"},
        says=("UTC",),
    ),
    Trial(
        server="git",
        tool="git_log",
        arguments=lambda at: {"repo_path": str(at.folder / "repository")},
        says=("Add the letter",),
        brings=AUTHOR,
    ),
    Trial(
        server="fetch",
        tool="fetch",
        arguments=lambda at: {"url": at.page},
        says=("The office",),
        brings=PERSON[::2],
    ),
    Trial(
        server="filesystem",
        tool="write_file",
        arguments=lambda at: {"path": str(at.folder / "files" / "note.txt"), "content": TEXT},
        says=("note.txt",),
    ),
    Trial(
        server="memory",
        tool="create_entities",
        arguments=lambda _: {
            "entities": [
                {"name": PERSON[0], "entityType": "person", "observations": [f"has {PERSON[2]}"]}
            ]
        },
        says=(),
    ),
    Trial(
        server="everything",
        tool="echo",
        arguments=lambda _: {"message": TEXT},
        says=(*PERSON, "prompt", "True"),
        more=_others,
    ),
    Trial(
        server="thinking",
        tool="sequentialthinking",
        arguments=lambda _: {
            "thought": TEXT,
            "nextThoughtNeeded": False,
            "thoughtNumber": 1,
            "totalThoughts": 1,
        },
        says=("thoughtNumber",),
    ),
)


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"[:200]
