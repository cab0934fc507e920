"""One request to a server, from the place it takes to its response: implements `ports.Call`."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from guardrail_gw.core.ports import Clock
from guardrail_gw.deadline import Deadlines
from guardrail_gw.errors import Refusal, UpstreamFault
from guardrail_gw.mcp.ports import Ask, Described, EarlyCall, Era, Message
from guardrail_gw.mcp.servers import legacy, modern
from guardrail_gw.mcp.servers.asked import Asked, at_once, params
from guardrail_gw.mcp.servers.gate import Gate, Pass
from guardrail_gw.mcp.servers.levels import is_wanted
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import Exchange, Link, LinkGone, Ready, Transport
from guardrail_gw.mcp.servers.messages import INVALID_PARAMS, Id, Kind, error, kind, request, shown
from guardrail_gw.mcp.servers.parking import Parked, Parking
from guardrail_gw.mcp.servers.patience import Patience
from guardrail_gw.mcp.servers.sealed import Seal
from guardrail_gw.mcp_errors import EraMismatch, ServerFailed, ServerRefused, ServerTimeout

_COMMON: Final = frozenset(
    {
        *("tools/list", "tools/call", "prompts/list", "prompts/get", "resources/list"),
        *("resources/templates/list", "resources/read", "completion/complete"),
    }
)
"""Methods that mean the same in both eras."""
_NO_STATE: Final = error(INVALID_PARAMS, "requestState: it is none of this request, or too old")
_REQUEST, _NOTIFICATION = Kind.REQUEST, Kind.NOTIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """What the calls of one server need."""

    name: str
    transport: Transport
    limits: Limits
    gate: Gate
    parking: Parking
    seal: Seal
    clock: Clock
    deadlines: Deadlines


class Calling(EarlyCall):
    """A call; `async with` sends it, and leaving before the response ends it."""

    def __init__(self, works: Works, ask: Ask) -> None:
        self._works = works
        self._ask = ask
        self._asked = Asked()
        self._token: Id = 0
        self._is_over = self._is_kept = False
        self._at_once: Message | None = None
        self._pass: Pass | None = None
        self._made: tuple[Link, Ready] | None = None
        self._sent: tuple[Link, Ready] | None = None
        self._fault: UpstreamFault | None = None
        self._exchange: Exchange | None = None
        self._described: Described | None = None
        self._patience: Patience | None = None
        self._parked: Parked | None = None

    def make(self) -> None:
        """As `EarlyCall.make` says."""
        ask = self._ask
        link = self._works.transport.ready(ask.peer)
        # a state may name a parked call, and reading it takes that from where it waits
        if link is None or "requestState" in ask.params or not self._fits(link.described):
            return
        ready = link.ready(self._request(link))
        self._made = None if ready is None else (link, ready)

    async def begin(self) -> None:
        """As `EarlyCall.begin` says."""
        self._pass = await self._works.gate.at_once() if self._made is not None else None
        if self._pass is None:
            return
        try:
            self._send_made()
        except UpstreamFault as fault:
            self._fault = fault
        except BaseException as fault:
            self._give_back(fault)
            raise

    def abandon(self) -> None:
        """As `EarlyCall.abandon` says."""
        sent, self._sent = self._sent, None
        if sent is not None:
            sent[1].close()
        self._give_back(None)

    async def __aenter__(self) -> Self:
        """Send it; raises UpstreamFault, EraMismatch."""
        if not self._read_state():
            self._at_once, self._is_over = _NO_STATE, True
            return self
        works = self._works
        asked = self._ask
        waits = works.limits.waits(asked.method, asked.params.get("name"))
        self._patience = Patience(works.name, waits, works.deadlines)
        if self._parked is not None:  # nobody else ends it any more
            self._exchange = self._parked.exchange
        try:
            self._pass = self._pass or await works.gate.enter()
            await self._begin(self._patience)
        except BaseException as fault:
            self._give_back(fault)
            if self._exchange is not None:
                await self._exchange.close(is_over=False)
            raise
        return self

    async def __aexit__(self, kind_: object, fault: BaseException | None, trace: object) -> None:
        """End it."""
        self._give_back(fault)
        if self._exchange is not None and not self._is_kept:
            await self._exchange.close(is_over=self._is_over)

    def __aiter__(self) -> Self:
        """Iterate over the messages."""
        return self

    async def __anext__(self) -> Message:
        """Return the next message; raises as `ports.Call` says."""
        if (known := self._at_once) is not None:
            self._at_once = None
            return known
        if self._parked is not None and self._parked.asked and not self._is_over:
            return self._park(self._parked)
        while not self._is_over:
            passed = await self._passed(await self._next())
            if passed is not None:
                return passed
        raise StopAsyncIteration

    async def reply(self, message: Message) -> None:
        """Answer what the server asked; an answer to nothing is nothing."""
        reply = self._asked.answered(message)
        if reply is not None and self._exchange is not None and self._patience is not None:
            await self._patience.wait(self._exchange.reply(reply))

    # how it begins

    def _read_state(self) -> bool:
        """Whether what the client brings of an earlier round, if anything, is its own."""
        given = self._ask.params.get("requestState")
        if given is None:
            return True
        works = self._works
        state = works.seal.open(works.name, self._ask, given)
        if state is None:
            return False
        if "parked" in state:
            self._parked = works.parking.take(state["parked"], self._ask.peer.principal)
            return self._parked is not None
        own = {**self._ask.params, "requestState": state.get("state")}
        self._ask = replace(self._ask, params=own)
        return True

    async def _begin(self, patience: Patience) -> None:
        if self._parked is not None:
            await self._go_on(self._parked)
            return
        if self._fault is not None:
            raise self._fault
        self._send_made()
        for is_last in (False, True):
            link, exchange = await self._on_its_way(patience)
            try:
                self._exchange = await patience.wait(exchange)
            except LinkGone:
                await self._works.transport.drop(link)
                if is_last:
                    raise ServerFailed(f"{self._works.name} ends what it begins") from None
            else:
                return

    def _send_made(self) -> None:
        """Send what was worked out, if that takes no waiting and its way is still the one."""
        made, self._made = self._made, None
        if made is not None and self._works.transport.ready(self._ask.peer) is made[0]:
            self._sent = made if made[1].begin() else None

    async def _on_its_way(self, patience: Patience) -> tuple[Link, Awaitable[Exchange]]:
        """What was sent, or else will be once it is awaited; raises as `__aenter__`."""
        sent, self._sent = self._sent, None
        if sent is not None:
            self._described = sent[0].described
            return sent[0], sent[1].opened()
        transport, peer = self._works.transport, self._ask.peer
        link = transport.ready(peer)
        if link is None:
            link = await patience.wait(transport.link(peer))
        self._described = link.described
        self._must_fit(link.described)
        return link, self._opened(link)

    async def _opened(self, link: Link) -> Exchange:
        await link.prepare(self._ask.peer)
        return await link.open(self._request(link), self._ask.paused)

    def _request(self, link: Link) -> Message:
        self._token = self._works.transport.mint()
        if link.described.era is Era.MODERN:
            leaving = modern.stamped(self._ask, link.described.revision, self._token)
        else:
            leaving = legacy.lowered(self._ask, self._token)
        return request(self._token, self._ask.method, leaving)

    def _fits(self, described: Described) -> bool:
        return described.era is self._ask.peer.era or self._ask.method in _COMMON

    def _must_fit(self, described: Described) -> None:
        if not self._fits(described):
            raise EraMismatch(
                f"{self._works.name} speaks {described.revision}, in which this method means"
                " nothing or something else"
            )

    async def _go_on(self, parked: Parked) -> None:
        """Give the server the answers that its call waits for."""
        self._described = parked.described
        self._patience, self._token = parked.patience, parked.token
        given = self._ask.params.get("inputResponses")
        responses = given if isinstance(given, Mapping) else {}
        for key in [key for key in parked.asked if key in responses]:
            asked = parked.asked.pop(key)
            reply = {"jsonrpc": "2.0", "id": asked["id"], "result": responses[key]}
            await parked.patience.wait(parked.exchange.reply(reply))

    # what comes

    async def _next(self) -> Message:
        exchange, patience = self._exchange, self._patience
        if exchange is None or patience is None:
            raise ServerFailed(f"{self._works.name} was not asked")
        return await patience.wait(exchange.next(), is_ours=bool(self._asked))

    async def _passed(self, message: Message) -> Message | None:
        """The message as it goes on; None: it does not."""
        what = kind(message)
        if what is _NOTIFICATION:
            return self._told(message)
        if what is _REQUEST:
            return await self._question(message)
        self._is_over = True
        return shown(self._response(message))

    def _told(self, message: Message) -> Message | None:
        method = message["method"]
        if method == "notifications/progress":
            return self._progress(message)
        if method == "notifications/message":
            return message if is_wanted(message, self._ask.peer) else None
        if method == "notifications/cancelled":
            return self._asked.withdrawn(message)
        return message

    def _progress(self, message: Message) -> Message | None:
        said = message.get("params", {})
        if not self._ask.wants_progress or said.get("progressToken") != self._token:
            return None
        return message | {"params": {k: v for k, v in said.items() if k != "progressToken"}}

    async def _question(self, message: Message) -> Message | None:
        if self._exchange is None or self._patience is None or self._described is None:
            return None
        reply = at_once(message, self._ask.peer)
        if reply is not None:
            await self._patience.wait(self._exchange.reply(reply))
            return None
        if self._ask.peer.era is Era.LEGACY:
            return self._asked.add(message)
        parked = Parked(
            principal=self._ask.peer.principal,
            exchange=self._exchange,
            described=self._described,
            patience=self._patience,
            token=self._token,
            asked={"ask-1": message},
        )
        return self._park(parked)

    def _park(self, parked: Parked) -> Message:
        """Keep the call, and tell the client what it waits for."""
        works = self._works
        name = works.parking.put(parked)
        self._is_over = self._is_kept = True
        asked = {
            key: {"method": each["method"], "params": params(each)}
            for key, each in parked.asked.items()
        }
        state = works.seal.seal(works.name, self._ask, {"parked": name}, here=True)
        said = {"resultType": "input_required", "inputRequests": asked, "requestState": state}
        return {"jsonrpc": "2.0", "result": said}

    def _response(self, message: Message) -> Message:
        works = self._works
        if self._described is not None and self._described.era is Era.LEGACY:
            return legacy.raised(message, self._ask)
        result: dict[str, Any] | None = message.get("result")
        if result is None:
            return message
        modern.check(works.name, result, self._ask.peer)
        given = result.get("requestState")
        if not isinstance(given, str):
            return message
        state = works.seal.seal(works.name, self._ask, {"state": given})
        return message | {"result": result | {"requestState": state}}

    # how it ends

    def _give_back(self, fault: BaseException | None) -> None:
        is_faulty = isinstance(fault, ServerFailed) and not isinstance(fault, ServerRefused)
        if is_faulty:
            self._works.transport.doubt()
        if self._pass is None:
            return
        if is_faulty or isinstance(fault, ServerTimeout):
            self._pass.give_back(is_well=False)
        elif self._is_over or isinstance(fault, Refusal):
            self._pass.give_back(is_well=True)
        else:
            self._pass.give_back(is_well=None)
