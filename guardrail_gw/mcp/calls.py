"""The last step of the chain for MCP: a recorded request goes to its server, and comes back.

asked     who is asked, and whether it may be; what is known of the tool and of placeholders
ahead     what leaves, byte for byte: originals for a server that the policy trusts
dispatch  `Recorded` -> approval, if it takes one -> `Server.call` -> messages, as they come

What is sent is read from the very bytes whose digest is on record.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Protocol

from guardrail_gw.core.cached import Answered
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import (
    Envelope,
    Inbound,
    Journal,
    Placed,
    Recorded,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.kept import Issue
from guardrail_gw.core.leaving import MayLeave
from guardrail_gw.core.plan import Plan
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.tool import Called, ToolFacts, ToolNotes
from guardrail_gw.dialects.mcp.dialect import MCP, Asked, with_facts
from guardrail_gw.dialects.mcp.digest import digest
from guardrail_gw.dialects.mcp.methods import BY_URI
from guardrail_gw.errors import NoLawfulUpstream
from guardrail_gw.mcp.coming import Coming, Sent
from guardrail_gw.mcp.control_port import Admission, Control, Holding
from guardrail_gw.mcp.limits import COUNTED, Limiting
from guardrail_gw.mcp.ports import LISTEN, Ask, Call, EarlyCall, Era, Message, Server, Told
from guardrail_gw.mcp.prepared import Prepared, leaving
from guardrail_gw.mcp_errors import SessionUnknown, ToolDenied, ToolUnknown
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.tools import ToolRules

_MOST_SPOKEN: Final = 64
"""Placeholders of one request that are looked up; the others are texts like any other."""
_LISTENED: Final[Mapping[str, str]] = {
    "toolsListChanged": "notifications/tools/list_changed",
    "promptsListChanged": "notifications/prompts/list_changed",
    "resourcesListChanged": "notifications/resources/list_changed",
}
_LOGGED: Final = "notifications/message"


class Spoken(Protocol):
    """What placeholders stand for that a principal was given in earlier answers."""

    async def spoken(
        self, principal: Principal, tokens: Iterable[str], server: str = ""
    ) -> Mapping[str, Issue]:
        """Those of these that it was given; with `server`, in URIs of that one."""
        ...


@dataclass(slots=True, kw_only=True)
class _Open:
    """A call in whose middle its server may ask something."""

    call: Call
    principal: Principal
    server: str
    learned: dict[str, str] = field(default_factory=dict, repr=False)
    """What the client's answers had replaced: it comes back to the client."""


class Calls:
    """Asks servers, and tells them what clients answer."""

    def __init__(  # noqa: PLR0913 - the seams of one step, each by name
        self,
        servers: Mapping[str, Server],
        *,
        control: Control,
        clock: Clock,
        originals: Callable[[Redacted], Envelope],
        own_uris: Callable[[Redacted], Envelope],
        placeholders: Callable[[Iterable[str], int], Iterable[str]],
        still_lawful: Callable[[Placed, Deployment], bool],
        vault: Spoken | None = None,
        limits: Limiting | None = None,
    ) -> None:
        """Use it in one event loop.

        Args:
            servers: by their ids.
            control: decides what may be asked, and what is seen.
            clock: tells the time.
            originals: a request with values where placeholders stand.
            own_uris: one with values in URIs that its very server said there.
            placeholders: finds texts of their form in texts, so many at most.
            still_lawful: asked right before a server is.
            vault: what placeholders stand for that clients were given; None: of none is known.
            limits: holds what rates ask for while a server works; None: there are none.
        """
        self._servers = servers
        self._control = control
        self._clock = clock
        self._originals = originals
        self._own_uris = own_uris
        self._placeholders = placeholders
        self._still_lawful = still_lawful
        self._vault = vault
        self._limits = limits
        self._open: dict[RequestId, _Open] = {}
        self._plans: dict[str, Plan] = {}

    async def asked(self, inbound: Inbound, policy: Policy) -> Inbound:
        """The request with the tool it calls and the placeholders it says.

        Raises:
            ToolUnknown: no such server, or tool.
            ToolDenied, DefinitionChanged, Poisoned: the policy does not let it be asked for.
            SessionUnknown: it answers a call that does not wait for it.
            StateDown: nobody can say what its placeholders stand for.
        """
        question = inbound.question
        asked: Asked = question.source
        admission = await self._admitted(inbound, policy.tools)
        spoken, own = await self._spoken(inbound, policy)
        if admission.facts is asked.facts and not spoken:
            return inbound
        return _with(inbound, admission.facts, spoken, own)

    async def _spoken(
        self, inbound: Inbound, policy: Policy
    ) -> tuple[Mapping[str, Issue], frozenset[str]]:
        """What its placeholders stand for, and those of them that its server said in URIs."""
        names_uris = inbound.question.source.method in BY_URI
        if self._vault is None or not (policy.tools.trusts_any or names_uris):
            return {}, frozenset()
        texts = (segment.text for segment in inbound.question.segments)
        tokens = [*self._placeholders(texts, _MOST_SPOKEN)]
        if not tokens:
            return {}, frozenset()
        own: Mapping[str, Issue] = {}
        if names_uris:
            own = await self._vault.spoken(inbound.principal, tokens, inbound.question.model)
        if not policy.tools.trusts_any:
            return own, frozenset(own)
        return {**own, **await self._vault.spoken(inbound.principal, tokens)}, frozenset(own)

    async def ahead(self, placed: Placed, journal: Journal, policy: Policy) -> Prepared:
        """The bytes that leave, and what the record says of them.

        Raises:
            Refusal: as `asked`, by a policy that is stricter now that something was found.
        """
        redacted = placed.redacted
        inbound = redacted.inbound
        asked: Asked = inbound.question.source
        server = placed.lawful[0]
        is_trusted = policy.tools.trusts(server.id)
        envelope = self._originals(redacted) if is_trusted else self._own_uris(redacted)
        has_own = envelope is not redacted.envelope
        body = envelope.addressed(b'""')
        content = MCP.content(inbound.question, body)
        admission = await self._admitted(inbound, policy.tools, content)
        is_other = has_own or (is_trusted and bool(redacted.originals))
        called = _called(server.id, asked, content, admission, is_trusted=is_other)
        journal.tool = ToolNotes(called=called)
        return Prepared(
            placed=placed,
            server=self._servers[server.id],
            plan=self._plan(server),
            called=called,
            rules=policy.tools,
            admission=admission,
            body=body,
            content=content,
        )

    def _plan(self, server: Deployment) -> Plan:
        """To ask this one: the same plan as long as it is the same, as the record wants it."""
        plan = self._plans.get(server.id)
        if plan is None or plan.order[0] is not server:
            plan = self._plans[server.id] = Plan(order=(server,), scores=(0.0,))
        return plan

    def dispatch(
        self,
        recorded: Recorded,
        ahead: Prepared,
        may_leave: MayLeave | None = None,  # noqa: ARG002 - nobody goes on with such an answer
        answered: Answered | None = None,  # noqa: ARG002 - and none is given again
    ) -> "_Dispatched":
        """Ask the server; leaving the context tells it that nobody waits.

        Raises:
            NoLawfulUpstream: it is not lawful any more, when the context is entered.
            ServerFailed, ServerTimeout, ApprovalRefused, ApprovalTimeout and more, while the
                messages are iterated over.
        """
        asked: Asked = recorded.placed.redacted.inbound.question.source
        waits = self._is_limited(asked.method)
        return _Dispatched(
            partial(self._begun, recorded, ahead), ahead.early(recorded), waits=waits
        )

    def _begun(self, recorded: Recorded, ahead: Prepared) -> tuple[Reply, Coming]:
        """The answer, of which nothing has been asked for; raises NoLawfulUpstream."""
        deployment = recorded.placed.lawful[0]
        if not self._still_lawful(recorded.placed, deployment):
            raise NoLawfulUpstream("the server that was to be asked is not lawful any more")
        asked: Asked = recorded.placed.redacted.inbound.question.source
        began_us = self._clock.now_us()
        learned: dict[str, str] = {}
        if isinstance(asked.carried, Told):
            messages = self._told(recorded, ahead, asked.carried)
        elif asked.method == LISTEN:
            messages = self._listened(recorded, ahead, asked.carried)
        else:
            messages = self._messages(recorded, ahead, asked.carried, learned)
        sent = Sent(deployment=deployment, rules=ahead.rules, body=ahead.body, began_us=began_us)
        events = Coming(self._control, self._clock, recorded, sent, messages)
        reply = Reply(deployment=deployment, stream=True, events=events, originals=learned)
        return reply, events

    def _is_limited(self, method: str) -> bool:
        """Whether rates are asked first."""
        return self._limits is not None and method in COUNTED

    async def _admitted(
        self, inbound: Inbound, rules: ToolRules, leaving: Mapping[str, Any] | None = None
    ) -> Admission:
        """Let it pass, or refuse it; what leaves is judged by the name that it leaves with."""
        asked: Asked = inbound.question.source
        server = inbound.question.model
        if asked.carried.refused is not None:
            raise asked.carried.refused
        if server not in self._servers:
            raise ToolUnknown("there is no such server")
        if not rules.uses(server):
            raise ToolDenied(
                f"the policy does not let this key ask server {server!r}",
                facts={"server": server, "why": "server"},
            )
        if isinstance(asked.carried, Told):
            self._waiting(asked.carried, inbound.principal, server)
            return Admission()
        ask: Ask = asked.carried
        if leaving is not None and leaving != ask.params:
            ask = replace(ask, params=leaving)
        return await self._control.admit(rules, server, ask)

    def _waiting(self, told: Told, principal: Principal, server: str) -> _Open:
        """The call that an answer is for; raises SessionUnknown."""
        found = self._open.get(told.exchange)
        if found is None or (found.principal, found.server) != (principal, server):
            raise SessionUnknown("no call of this caller waits for this answer")
        return found

    async def _messages(
        self, recorded: Recorded, ahead: Prepared, ask: Ask, learned: dict[str, str]
    ) -> AsyncGenerator[Message, None]:
        inbound, called = recorded.placed.redacted.inbound, ahead.called
        server, name = self._servers[called.server], inbound.arrival.id
        within: AbstractAsyncContextManager[None] = nullcontext()
        last: Message | None = None
        if is_limited := self._limits is not None and self._is_limited(ask.method):
            within = self._limits.within(
                inbound.principal, called.server, called.tool, inbound.tags
            )
        async with within:
            if ahead.admission.needs_approval:
                async with aclosing(self._approved(recorded, ahead, ask)) as waiting:
                    async for message in waiting:
                        yield message
            sending = ahead.early(recorded) or server.call(leaving(inbound, ahead.content, ask))
            async with sending as call:
                self._open[name] = _Open(
                    call=call, principal=inbound.principal, server=server.id, learned=learned
                )
                try:
                    async for message in call:
                        if is_limited and "method" not in message:
                            last = message  # who has the answer may call again: its place is free
                        else:
                            yield message
                finally:
                    del self._open[name]
        if last is not None:
            yield last

    async def _approved(
        self, recorded: Recorded, ahead: Prepared, ask: Ask
    ) -> AsyncGenerator[Message, None]:
        redacted = recorded.placed.redacted
        facts = ahead.admission.facts
        if facts is None:
            raise ToolUnknown("nothing is known of the tool whose call a person has to approve")
        shown = MCP.content(redacted.inbound.question, redacted.envelope.addressed(b'""'))
        waiting = self._control.held(
            Holding(
                request=redacted.inbound.arrival.id,
                principal=redacted.inbound.principal,
                facts=facts,
                arguments=shown.get("arguments", {}),
                wants_progress=ask.wants_progress,
                found=redacted.entities,
            )
        )
        try:
            async for message in waiting:
                yield message
        finally:
            if recorded.journal.tool is not None:
                recorded.journal.tool.approval = waiting.decided

    async def _told(
        self, recorded: Recorded, ahead: Prepared, told: Told
    ) -> AsyncGenerator[Message, None]:
        """Tell the server what its client answered; what was replaced in it comes back."""
        redacted = recorded.placed.redacted
        found = self._waiting(told, redacted.inbound.principal, ahead.called.server)
        asked: Asked = redacted.inbound.question.source
        spoken = asked.spoken
        found.learned.update({t: v for t, v in redacted.originals.items() if t not in spoken})
        await found.call.reply({"id": told.message["id"], asked.part: ahead.content})
        yield {"result": {}}

    async def _listened(
        self, recorded: Recorded, ahead: Prepared, ask: Ask
    ) -> AsyncGenerator[Message, None]:
        """What the server says unasked, until nobody listens."""
        wanted = leaving(recorded.placed.redacted.inbound, ahead.content, ask).params
        wanted = wanted.get("notifications") or {}
        kinds = frozenset(method for name, method in _LISTENED.items() if wanted.get(name) is True)
        if ask.peer.era is Era.LEGACY:  # which has one stream for all that is said unasked
            kinds |= {_LOGGED}
        uris = frozenset(wanted.get("resourceSubscriptions") or ())
        server = self._servers[ahead.called.server]
        async with server.listen(ask.peer, kinds, uris) as messages:
            async for message in messages:
                yield message


class _Dispatched:
    """An answer while it comes; no generator, which the event loop would register."""

    __slots__ = ("_begin", "_early", "_events", "_waits")

    def __init__(
        self,
        begin: Callable[[], tuple[Reply, Coming]],
        early: EarlyCall | None,
        *,
        waits: bool,
    ) -> None:
        """Use `Calls.dispatch`.

        Args:
            begin: makes the answer; nothing has left before.
            early: what was worked out.
            waits: whether it leaves when the answer is asked for, and not at once.
        """
        self._begin = begin
        self._early = early
        self._waits = waits
        self._events: Coming | None = None

    async def __aenter__(self) -> Reply:
        """Begin it: once something may have left, it is on record whatever happens."""
        try:
            reply, self._events = self._begin()
            if self._early is not None and not self._waits:
                await self._early.begin()
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return reply

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Nobody waits any more."""
        try:
            if self._events is not None:
                await self._events.aclose()
        finally:
            if self._early is not None:
                self._early.abandon()


def _with(
    inbound: Inbound,
    facts: ToolFacts | None,
    spoken: Mapping[str, Issue],
    own: frozenset[str],
) -> Inbound:
    return Inbound(
        arrival=inbound.arrival,
        principal=inbound.principal,
        question=with_facts(inbound.question, facts, spoken, own),
        tags=inbound.tags,
        body=inbound.body,
        freshness=inbound.freshness,
    )


def _called(
    server: str,
    asked: Asked,
    content: Mapping[str, Any],
    admission: Admission,
    *,
    is_trusted: bool,
) -> Called:
    name = content.get("name") if asked.part == "params" else None
    arguments = content.get("arguments") if asked.part == "params" else content
    told = asked.carried if isinstance(asked.carried, Told) else None
    return Called(
        server=server,
        method=asked.method,
        tool=name if isinstance(name, str) else "",
        arguments_sha256="" if arguments is None else digest(arguments),
        is_trusted=is_trusted,
        needs_approval=admission.needs_approval,
        answers="" if told is None else told.exchange,
    )
