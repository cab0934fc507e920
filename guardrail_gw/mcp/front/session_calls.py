"""What runs in sessions: calls, which outlive the connection they began on, and subscriptions."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from guardrail_gw.core.identity import RequestId
from guardrail_gw.dialects.mcp.eras import Fault
from guardrail_gw.errors import Overloaded, Refusal
from guardrail_gw.mcp.front import said, translate
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted, Running
from guardrail_gw.mcp.front.envelope import Request, Response
from guardrail_gw.mcp.front.listeners import InForce
from guardrail_gw.mcp.front.replay import Stream
from guardrail_gw.mcp.front.sessions import MAX_CALLS, Asked, Session
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.ports import LISTEN, Ask, Era, Message, Told, unheard
from guardrail_gw.mcp_errors import EraMismatch

ROUNDS: Final = 10
"""How often one request may be asked again with what a server wanted to know."""
_AGAIN_S: Final = (0.05, 0.25)
"""First and longest wait before a server is asked again that wanted to know nothing."""
_NOBODY: Final = RequestId("")
_CANCELLED: Final = Fault(code=said.CANCELLED, message="the request was cancelled")
_REFUSED: Final = {"code": said.CANCELLED, "message": "the answer was not passed on"}


@dataclass(slots=True, kw_only=True)
class SessionCalls:
    """Begins and ends them."""

    tasks: Tasks
    in_force: InForce

    def begin(
        self, endpoint: Endpoint, session: Session, request: Request, posted: Posted
    ) -> Stream:
        """Begin a call; what comes of it is on the stream.

        Raises:
            Overloaded: the session has as many running as it may.
        """
        if len(session.calls) >= MAX_CALLS:
            raise Overloaded("as many requests of this session are running as may")
        stream = session.stream()
        call = _Call(endpoint=endpoint, session=session, request=request, stream=stream)
        task = session.calls[request.id] = self.tasks.run(partial(call.run, posted), "call")
        task.add_done_callback(call.over)  # also where it was cancelled before it began
        return stream

    @staticmethod
    def cancel(session: Session, id_: object) -> None:
        """A client does not wait for an answer any more."""
        task = session.calls.get(id_) if isinstance(id_, str | int) else None
        if task is not None:
            task.cancel()

    @staticmethod
    async def answered(
        endpoint: Endpoint, session: Session, message: Response, posted: Posted
    ) -> None:
        """Take an answer to what a server asked; one to nothing that is open goes no further.

        Raises:
            Refusal: it must not be passed on; the server is told that there is none.
        """
        asked = session.asked.pop(message.id, None)
        if asked is None:
            return
        if asked.answered is not None:
            if not asked.answered.done():
                asked.answered.set_result(message.message)
            return
        kind = "result" if "result" in message.message else "error"
        told = Told(
            peer=session.peer,
            exchange=asked.exchange,
            method=asked.method,
            message={"id": asked.id, kind: message.message[kind]},
        )
        try:
            await endpoint.tell(told, posted)
        except Refusal:
            await endpoint.tell(
                replace(told, message={"id": asked.id, "error": _REFUSED}), Posted()
            )
            raise

    @staticmethod
    async def roots_changed(endpoint: Endpoint, session: Session) -> None:
        """Tell the server that it should ask for the roots again."""
        await endpoint.notify(session.peer, "notifications/roots/list_changed", {})

    def listen(self, endpoint: Endpoint, session: Session) -> None:
        """Have what the server says unasked written on the stream that no request began.

        What was heard under other policies than those in force is not passed on any more.
        """
        if session.listens_under != self.in_force(session.principal):
            self._end(session)
            session.unsolicited.close()
        if session.listener is None or session.listener.done():
            session.listens_under = self.in_force(session.principal)
            heard = partial(_listen, endpoint, session)
            session.listener = self.tasks.run(heard, "subscription")

    def listen_anew(self, endpoint: Endpoint, session: Session) -> None:
        """What the session wants to be told has changed."""
        before = self._end(session)
        if before or session.resources:
            self.listen(endpoint, session)

    @staticmethod
    def _end(session: Session) -> bool:
        """Listen no more; whether anybody did."""
        before, session.listener = session.listener, None
        if before is not None:
            before.cancel()
        return before is not None


async def _listen(endpoint: Endpoint, session: Session) -> None:
    ask = Ask(peer=session.peer, method=LISTEN, params=translate.wanted([*session.resources]))
    try:
        async with endpoint.call(ask, Posted()) as running:
            async for message in running.messages:
                if "method" in message and "id" not in message:
                    told = {"jsonrpc": "2.0", **message}
                    await session.unsolicited.put(said.line(told))
    except Refusal:
        return  # it is on record, and a client is told nothing unasked then


@dataclass(slots=True, kw_only=True)
class _Call:
    """One of them."""

    endpoint: Endpoint
    session: Session
    request: Request
    stream: Stream

    async def run(self, posted: Posted) -> None:
        """Take it through the chain, as often as the server asks for more."""
        try:
            self.stream.last(await self._line(posted))
        except Exception:
            self.stream.last(said.fault(self.request.id, said.DEFECT))
            raise

    def over(self, _: object = None) -> None:
        """It runs no more; its stream has an end, whatever became of it."""
        self.session.calls.pop(self.request.id, None)
        if not self.stream.ended:
            self.stream.last(said.fault(self.request.id, _CANCELLED))

    async def _line(self, posted: Posted) -> bytes:
        try:
            return said.line(said.response(self.request.id, await self._told(posted)))
        except Refusal as why:
            return said.refusal(self.request.id, why)

    async def _told(self, posted: Posted) -> Message:
        """The response."""
        params = translate.inward(self.request.params)
        wait_s = _AGAIN_S[0]
        for _ in range(ROUNDS):
            told = await self._asked(params, posted)
            result = told.get("result", {})
            if not isinstance(result, dict) or result.get("resultType") != translate.INPUT_REQUIRED:
                return await self._ended(told)
            wishes = result.get("inputRequests") or {}
            if not wishes:
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _AGAIN_S[1])
            answers = await self._answers(wishes)
            if "error" in answers:
                return {"error": answers["error"]}
            params = {**params, "inputResponses": answers}
            params.pop("requestState", None)
            if "requestState" in result:
                params["requestState"] = result["requestState"]
        raise EraMismatch(f"the server wanted to know something more than {ROUNDS} times")

    async def _ended(self, told: Message) -> Message:
        """The last response, as this era has it."""
        described = await self.endpoint.described(self.session.peer)
        if described.era is Era.MODERN and isinstance(told.get("result"), dict):
            return {"result": translate.legacy_result(told["result"])}
        return told

    async def _asked(self, params: Mapping[str, Any], posted: Posted) -> Message:
        """Ask once; everything but the response is written on the stream."""
        token = translate.progress_token(self.request.params)
        ask = Ask(
            peer=self.session.peer,
            method=self.request.method,
            params=params,
            wants_progress=token is not None,
            paused=self.stream.pause if self.session.is_primed else unheard,
        )
        open_: list[str] = []
        told: Message | None = None
        try:
            async with self.endpoint.call(ask, posted) as running:
                async for message in running.messages:
                    if "method" in message:
                        await self._between(message, running, token, open_)
                    else:
                        told = message
        finally:
            for name in open_:
                self.session.asked.pop(name, None)
        if told is None:
            raise EraMismatch("the server's answer ended without a response")
        return told

    async def _between(
        self, message: Message, running: Running, token: str | int | None, open_: list[str]
    ) -> None:
        if "id" in message:
            asked = Asked(method=message["method"], exchange=running.exchange, id=message["id"])
            open_.append(self.session.mint(asked))
            await self.stream.put(said.line(translate.asked(message, open_[-1])))
            return
        told = translate.notice(message, token)
        if told is not None:
            await self.stream.put(said.line(told))

    async def _answers(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the client what a server of the modern era wants to know; `error`: it says none."""
        waiting: dict[str, asyncio.Future[Message]] = {}
        names: list[str] = []
        loop = asyncio.get_running_loop()
        try:
            for key, wish in wishes.items():
                method = wish.get("method") if isinstance(wish, dict) else None
                if not isinstance(method, str) or method not in translate.CAPABILITY:
                    raise EraMismatch("the server wants to know something that has no words here")
                if not translate.is_able(self.session.capabilities, method):
                    needed = translate.CAPABILITY[method]
                    raise EraMismatch(f"the server needs a client with the capability {needed}")
                waiting[key] = loop.create_future()
                asked = Asked(method=method, exchange=_NOBODY, id=key, answered=waiting[key])
                names.append(self.session.mint(asked))
                await self.stream.put(said.line(translate.asked(wish, names[-1])))
            told = {key: await each for key, each in waiting.items()}
        finally:
            for name in names:
                self.session.asked.pop(name, None)
        failed = next((each["error"] for each in told.values() if "error" in each), None)
        if failed is not None:
            return {"error": failed}
        return {key: each["result"] for key, each in told.items()}
