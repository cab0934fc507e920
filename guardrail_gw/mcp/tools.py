"""What clients see of all servers' tools, prompts and resources, and may use of them.

    catalogue ─▶ definitions ─┬▶ pins        approved?   ┐
                              └▶ poisoning   suspect?    ├▶ control.permit ─▶ list, call
    policy ──────────────────────────────────▶ rules     ┘

Lists and calls ask the same function about the same facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.tool import ToolFacts, ToolName, hints_of
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.aggregate.asking import Meant, meant
from guardrail_gw.mcp.aggregate.kinds import BY_METHOD, Kind, key_of
from guardrail_gw.mcp.aggregate.names import Names, names
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.aggregate.telling import Telling
from guardrail_gw.mcp.catalogue import Catalogue
from guardrail_gw.mcp.control.permit import Standing, Verdict, permitted, refusal
from guardrail_gw.mcp.control.pins import (
    Pin,
    ToolSet,
    approved,
    instructions_approved,
    tool_set,
)
from guardrail_gw.mcp.control.poisoning import SUSPECT, Suspicion, is_suspect, suspicions
from guardrail_gw.mcp.control.results import thing_permitted
from guardrail_gw.mcp.pinned import Pinned
from guardrail_gw.mcp_errors import Poisoned, ServerFailed, ServerTimeout, ToolDenied, ToolUnknown
from guardrail_gw.mcp_servers import AggregateConfig
from guardrail_gw.policy.tools import Changed, Poisoning, ToolRules

_NAMES: Final = {
    "tools/call": Kind.TOOLS,
    "prompts/get": Kind.PROMPTS,
    "completion/complete": Kind.PROMPTS,
}
"""Methods that name an entry of a list by what it is called here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A tool, and what is known of it."""

    facts: ToolFacts
    standing: Standing
    suspicions: tuple[Suspicion, ...] = field(repr=False)
    """In its definition."""


@dataclass(slots=True, kw_only=True)
class _Judged:
    """The tools of one server, as long as neither its list nor its pin is another one."""

    listing: Listing
    pin: Pin | None
    tools: Mapping[str, Known]


class Tools:
    """Lists, names and verdicts."""

    def __init__(self, catalogue: Catalogue, pinned: Pinned, config: AggregateConfig) -> None:
        self.catalogue = catalogue
        self._pinned = pinned
        self._config = config
        self._judged: dict[str, _Judged] = {}
        self._named: dict[Kind, tuple[tuple[Listing | None, ...], Names]] = {}

    async def known(self, tool: ToolName) -> Known:
        """What is known of one tool.

        Raises:
            ToolUnknown: there is no such server, or it has no such tool.
            ServerFailed, ServerTimeout: it never said which tools it has.
        """
        listing = self.catalogue.at_once(tool.server, Kind.TOOLS)
        if listing is None:
            known = (await self.of_server(tool.server)).get(tool.name)
        else:
            known = self._judge(tool.server, listing).get(tool.name)
        if known is None:
            raise ToolUnknown(f"server {tool.server!r} has no such tool")
        return known

    def noted(self, server: str, name: object) -> ToolFacts | None:
        """What was known of a tool when its server's list was last judged; nobody is asked."""
        judged = self._judged.get(server)
        known = judged.tools.get(name) if judged is not None and isinstance(name, str) else None
        return known.facts if known is not None else None

    async def of_server(self, server: str) -> Mapping[str, Known]:
        """All tools of a server, by its own names; raises as `known`."""
        if server not in self.catalogue.servers:
            raise ToolUnknown("there is no such server")
        listing = await self.catalogue.listing(server, Kind.TOOLS)
        if isinstance(listing, Lack):
            raise _absent(server, listing)
        return self._judge(server, self.catalogue.known(server, Kind.TOOLS) or listing)

    async def admit(self, rules: ToolRules, tool: ToolName) -> tuple[Known, Verdict]:
        """Let a call pass, or refuse it; the verdict says whether a person has to approve it.

        Raises:
            ToolDenied, DefinitionChanged, Poisoned: the policy does not let it pass.
            ToolUnknown, ServerFailed, ServerTimeout: as `known`.
        """
        if not rules.uses(tool.server) and tool.server in self.catalogue.servers:
            raise ToolDenied(  # and the server is not asked, either
                f"the policy does not let this key ask server {tool.server!r}",
                facts={"server": tool.server, "why": "server"},
            )
        known = await self.known(tool)
        verdict = permitted(rules, known.facts, known.standing)
        if not verdict.permits:
            raise refusal(verdict, known.facts)
        return known, verdict

    def admit_prompt(self, rules: ToolRules, server: str, name: str) -> None:
        """Let a prompt be asked for, unless what its server says of it is blocked.

        Raises:
            Poisoned: it is.
        """
        listing = self.catalogue.known(server, Kind.PROMPTS)
        entries = listing.entries if listing is not None else ()
        entry = next((each for each in entries if each["name"] == name), None)
        if not thing_permitted(rules, server, entry):
            raise Poisoned(f"what server {server!r} says of this prompt looks like orders")

    async def filtered(
        self, rules: ToolRules, server: str, method: str, result: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A server's own answer to a list request, without what this caller may not use.

        Raises:
            ToolDenied: nothing is left of all its tools.
        """
        kind = BY_METHOD[method]
        entries = result.get(kind.value)
        if not isinstance(entries, list):
            raise ServerFailed(f"the server's answer to {method} is no list")
        things = [each for each in entries if key_of(kind, each) is not None]
        if kind is Kind.TOOLS:
            await self._caught_up(server, things)
        shown = [each for each in things if self._shows(rules, server, kind, each)]
        if kind is Kind.TOOLS and entries and not shown and "nextCursor" not in result:
            raise _nothing()
        private = {"cacheScope": "private"} if "cacheScope" in result else {}
        return {**result, **private, kind.value: shown}

    async def meant(self, method: str, params: Mapping[str, Any]) -> Meant:
        """Whom a request at the endpoint of all servers is for, in that server's words.

        Raises:
            ToolUnknown: nothing has that name here.
        """
        try:
            return self._meant(method, params)
        except ToolUnknown:
            kind = _NAMES.get(method)
            missing = [s for s in self.catalogue.servers if kind and not self._has(s, kind)]
            if kind is None or not missing:
                raise
        await self.catalogue.listings(kind, missing)
        return self._meant(method, params)

    def _has(self, server: str, kind: Kind) -> bool:
        return self.catalogue.known(server, kind) is not None

    def _meant(self, method: str, params: Mapping[str, Any]) -> Meant:
        return meant(
            method,
            params,
            tools=self.names(Kind.TOOLS),
            prompts=self.names(Kind.PROMPTS),
            servers=self.catalogue.servers,
        )

    def telling(self, server: str, kind: Kind = Kind.TOOLS) -> Telling:
        """Tells clients of the endpoint of all servers what this one says."""
        return Telling(server, self.names(kind))

    async def instructions(self, rules: ToolRules, server: str) -> str | None:
        """What a server says of itself to models, as far as somebody approved it."""
        if not rules.uses(server):
            return None
        said = (await self.catalogue.described(server)).instructions
        await self.of_server(server)
        pin = self._pinned.pin(server)
        now = ToolSet(tools={}, instructions=said or None)
        is_blocked = rules.changed is Changed.BLOCK and not instructions_approved(pin, now)
        is_poison = rules.poisoning is Poisoning.BLOCK and is_suspect(said)
        return None if is_blocked or is_poison else said

    async def _caught_up(self, server: str, definitions: Sequence[Mapping[str, Any]]) -> None:
        """Have the catalogue know what is about to be listed, so that calls are judged by it."""
        known = await self.of_server(server)  # pinned before it is shown
        if any(
            each.get("name") not in known or known[each["name"]].facts.definition != each
            for each in definitions
        ):
            self.catalogue.stale(server, Kind.TOOLS)
            await self.of_server(server)

    def _shows(self, rules: ToolRules, server: str, kind: Kind, entry: Mapping[str, Any]) -> bool:
        if kind is not Kind.TOOLS:
            return thing_permitted(rules, server, entry)
        known = self._known(server, entry)
        return known is not None and permitted(rules, known.facts, known.standing).permits

    def _known(self, server: str, definition: Mapping[str, Any]) -> Known | None:
        """What is known of a definition, whichever list it stood in."""
        name = definition.get("name")
        if not isinstance(name, str):
            return None
        listing = self.catalogue.known(server, Kind.TOOLS)
        known = self._judge(server, listing).get(name) if listing is not None else None
        if known is not None and known.facts.definition == definition:
            return known
        return _judged(server, definition, self._pinned.pin(server))

    def _judge(self, server: str, listing: Listing) -> Mapping[str, Known]:
        pin, judged = self._pinned.pin(server), self._judged.get(server)
        if judged is None or judged.listing is not listing or judged.pin is not pin:
            tools = {each["name"]: _judged(server, each, pin) for each in listing.entries}
            judged = self._judged[server] = _Judged(listing=listing, pin=pin, tools=tools)
        return judged.tools

    def names(self, kind: Kind) -> Names:
        """What entries of this list are called at the endpoint of all servers."""
        servers = self.catalogue.servers
        lists = tuple(self.catalogue.known(server, kind) for server in servers)
        kept = self._named.get(kind)
        if kept is None or any(a is not b for a, b in zip(kept[0], lists, strict=True)):
            offered = {
                server: [entry[kind.key] for entry in listing.entries] if listing else []
                for server, listing in zip(servers, lists, strict=True)
            }
            kept = self._named[kind] = (lists, names(offered, self._config))
        return kept[1]


def _judged(server: str, definition: Mapping[str, Any], pin: Pin | None) -> Known:
    now = tool_set([definition], None)
    found = tuple(suspicions(definition))
    return Known(
        facts=ToolFacts(
            name=ToolName(server=server, name=definition["name"]),
            hints=hints_of(definition),
            input_schema=_schema(definition, "inputSchema"),
            output_schema=_schema(definition, "outputSchema"),
            definition=definition,
        ),
        standing=Standing(
            is_approved=definition["name"] in approved(pin, now),
            is_suspect=any(each.score >= SUSPECT for each in found),
        ),
        suspicions=found,
    )


def _schema(definition: Mapping[str, Any], member: str) -> Mapping[str, Any] | None:
    said = definition.get(member)
    return said if isinstance(said, Mapping) else None


def _absent(server: str, lack: Lack) -> UpstreamFault:
    if lack is Lack.TIMEOUT:
        return ServerTimeout(f"server {server!r} did not say in time which tools it has")
    return ServerFailed(f"server {server!r} does not say which tools it has")


def _nothing() -> ToolDenied:
    return ToolDenied("the policy lets this key use none of the tools that there are")
