"""The chain for MCP: real rooms and a real log, and servers that say what a test says."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.chain import Chain
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Arrival, Inbound, Question
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.ports import Offload
from guardrail_gw.core.tool import ToolFacts, ToolName, hints_of
from guardrail_gw.mcp.calls import Calls
from guardrail_gw.mcp.control_port import Admission, Holding, Waiting
from guardrail_gw.mcp.limits import Limiting
from guardrail_gw.mcp.ports import Ask, Call, Described, Era, Message, Peer, Told as Answer
from guardrail_gw.mcp.prepared import Prepared
from guardrail_gw.mcp.words import ChainWords
from guardrail_gw.mcp_errors import ApprovalRefused, ToolDenied, ToolUnknown
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.source import PolicySource
from guardrail_gw.policy.tools import ToolRules
from guardrail_gw.redaction.results import spoken_in
from guardrail_gw.redaction.tool_redaction import ToolRedaction
from guardrail_gw.residency.residency import Residency
from guardrail_gw.state.conversations import Conversations
from guardrail_gw.state.memory import MemoryStore
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds
from guardrail_gw.state.vault import Vault
from tests.support.audit_world import World as Keys
from tests.support.chat import KEY, Told, inline
from tests.support.policies import policy_text, vocabulary, write_policies

WHO = Principal(tenant="acme", team="crm", user="bot", key_id="k1")
OTHER = Principal(tenant="acme", team="crm", user="eve", key_id="k2")
PEER = Peer(principal=WHO, era=Era.MODERN, revision="2026-07-28")
NAME, PHONE, MAIL = "Anna Schmidt", "+49 170 5551234", "anna@schmidt.example"
VALUES = {NAME: "PERSON", PHONE: "PHONE_NUMBER", MAIL: "EMAIL_ADDRESS"}
BOUNDS = Bounds(key_bytes=1 << 24, tenant_bytes=1 << 24)
Script = Callable[[Ask], AsyncIterator[Message]]


@dataclass(slots=True)
class Said(Call):
    """The messages of one call, and what the client answered in its middle."""

    messages: AsyncIterator[Message]
    replies: list[Message]

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over them."""
        return self.messages

    async def reply(self, message: Message) -> None:
        self.replies.append(message)


@dataclass(slots=True)
class Scripted:
    """A server that notes what it is asked and says what it is told to."""

    id: str
    script: Script
    asked: list[Ask] = field(default_factory=list)
    replies: list[Message] = field(default_factory=list)

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    async def described(self, peer: Peer) -> Described:
        return Described(era=Era.MODERN, revision="2026-07-28", capabilities={}, info={})

    @asynccontextmanager
    async def call(self, ask: Ask) -> AsyncIterator[Call]:
        self.asked.append(ask)
        yield Said(self.script(ask), self.replies)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Nobody listens."""

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        params = {"kinds": sorted(kinds), "resources": sorted(resources)}
        ask = Ask(peer=peer, method="listen", params=params)
        self.asked.append(ask)
        yield self.script(ask)

    async def left(self, session: str) -> None:
        """Nothing was kept."""

    @property
    def seen(self) -> str:
        """All that reached it, as text."""
        params = [ask.params for ask in self.asked]
        return json.dumps([params, self.replies], ensure_ascii=False)


def says(*messages: Message) -> Script:
    """A server that always says the same."""

    async def script(_: Ask) -> AsyncIterator[Message]:
        for message in messages:
            yield message

    return script


def answers(result: Mapping[str, Any]) -> Script:
    """A server that always answers with one result."""
    return says({"result": dict(result)})


async def echo(ask: Ask) -> AsyncIterator[Message]:
    """Say everything that was sent."""
    text = json.dumps(ask.params, ensure_ascii=False)
    yield {"result": {"content": [{"type": "text", "text": text}]}}


@dataclass(slots=True)
class Decided:
    """A person who decides at once."""

    says_no: bool

    async def _wait(self) -> AsyncIterator[Message]:
        yield {"method": "notifications/progress", "params": {"progress": 1}}
        if self.says_no:
            raise ApprovalRefused("a person said no")

    def __aiter__(self) -> AsyncIterator[Message]:
        """Wait."""
        return self._wait()

    @property
    def decided(self) -> Mapping[str, str]:
        return {"id": "a1", "decision": "denied" if self.says_no else "allowed", "by": "erika"}


@dataclass(slots=True)
class ByName:
    """Decides by names alone, from definitions that a test gives."""

    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    says_no: bool = False
    held_with: list[Holding] = field(default_factory=list)

    async def admit(self, rules: ToolRules, server: str, ask: Ask) -> Admission:
        if ask.method != "tools/call":
            return Admission()
        tool = ToolName(server=server, name=ask.params["name"])
        if not rules.names(tool):
            raise ToolDenied("the policy does not let this key use the tool")
        definition = self.tools.get(tool.name)
        if self.tools and definition is None:
            raise ToolUnknown("the server has no such tool")
        definition = definition or {}
        facts = ToolFacts(
            name=tool,
            hints=hints_of(definition),
            input_schema=definition.get("inputSchema"),
            output_schema=definition.get("outputSchema"),
        )
        return Admission(facts=facts, needs_approval=str(tool) in rules.require_approval)

    def held(self, holding: Holding) -> Waiting:
        self.held_with.append(holding)
        return Decided(self.says_no)

    async def heard(
        self, rules: ToolRules, server: str, method: str, message: Message
    ) -> tuple[Message, Mapping[str, int]]:
        del rules, server, method
        return message, {}


@dataclass(slots=True, kw_only=True)
class ToolWorld:
    """What a test holds in its hands."""

    chain: Chain[Prepared]
    words: ChainWords
    control: ByName
    log: AuditLog
    vault: Vault
    number: int = 0

    async def ask(
        self, server: str, method: str, params: Mapping[str, Any], who: Principal = WHO
    ) -> list[Message]:
        """One request, all messages of its answer."""
        ask = Ask(peer=replace(PEER, principal=who), method=method, params=params)
        return [m async for m in self.messages(lambda: self.words.ask(server, ask), who)]

    async def call(
        self, server: str, arguments: Mapping[str, Any], tool: str = "do", who: Principal = WHO
    ) -> list[Message]:
        """One call of a tool."""
        return await self.ask(server, "tools/call", {"name": tool, "arguments": arguments}, who)

    async def tell(self, server: str, answer: Answer, who: Principal = WHO) -> list[Message]:
        """Answer what a server asked in the middle of a call."""
        return [m async for m in self.messages(lambda: self.words.told(server, answer), who)]

    async def messages(
        self, question: Callable[[], Question], who: Principal = WHO
    ) -> AsyncGenerator[Message, None]:
        """Take a question through the chain."""
        self.number += 1
        arrival = Arrival(id=RequestId(f"r{self.number}"), surface="mcp", received_us=1)

        async def admit() -> Inbound:
            return Inbound(arrival=arrival, principal=who, question=question(), body=b"{}")

        async with self.chain.exchange(arrival, admit) as answer:
            async for piece in answer.pieces:
                yield json.loads(piece)


def deployment(id_: str, *places: str) -> Deployment:
    """A server in these countries."""
    return Deployment(
        id=id_,
        provider="mcp",
        model=id_,
        base_url="",
        dialect="mcp",
        inference=frozenset(places),
        storage=frozenset(places),
    )


def _policies(folder: Path, spec: str) -> PolicySource:
    folder.mkdir(parents=True)
    write_policies(folder, base=policy_text("base", spec))
    return PolicySource.load(folder, replace(vocabulary(), surfaces=frozenset({"mcp"})))


@asynccontextmanager
async def tool_world(  # noqa: PLR0913 - what tests vary
    home: Path,
    keyed: Keys,
    servers: Sequence[Scripted],
    spec: str = "pii: {default: {action: token}}",
    *,
    tools: Mapping[str, Mapping[str, Any]] | None = None,
    values: Mapping[str, str] = VALUES,
    places: Mapping[str, tuple[str, ...]] | None = None,
    says_no: bool = False,
    limits: Limiting | None = None,
    offload: Offload = inline,
) -> AsyncIterator[ToolWorld]:
    """A chain for these servers with one policy."""
    policies = await asyncio.to_thread(_policies, home / "policies", spec)
    clock = SystemClock()
    store = MemoryStore(clock)
    key = StateKey(KEY.secret)
    vault = Vault(store=store, key=key, ttl_s=3600, bounds=BOUNDS, clock=clock)
    redaction = ToolRedaction(Told(values), KEY, offload=offload, keep=vault.keep)
    residency = Residency(
        routes={s.id: (deployment(s.id, *(places or {}).get(s.id, ("DE",))),) for s in servers},
        now_us=clock.now_us,
    )
    control = ByName(tools=tools or {}, says_no=says_no)
    log = AuditLog.open(home / "log", keyed.keys, clock)
    calls = Calls(
        {each.id: each for each in servers},
        control=control,
        clock=clock,
        originals=redaction.originals,
        own_uris=redaction.own_uris,
        placeholders=spoken_in,
        still_lawful=residency.still_lawful,
        vault=vault,
        limits=limits,
    )
    chain = Chain(
        policies=policies,
        conversations=Conversations(
            store=store, key=key, ttl_s=3600, bounds=BOUNDS, offload=inline
        ),
        redaction=redaction,
        residency=residency,
        audit=log,
        routing=calls,
        ended=lambda *_: None,
    )
    try:
        yield ToolWorld(
            chain=chain,
            words=ChainWords(extensions={}),
            control=control,
            log=log,
            vault=vault,
        )
    finally:
        await log.close()
