"""Calls that wait for a person, in the store that gateways share: whoever serves, anyone decides.

    call ──▶ put, listed ──▶ looked at twice a second ──▶ allowed: it goes on
                │                                     └──▶ denied, too late: refused
    mcp approve --call ──▶ act on record ──▶ swapped, if it still waits

What lies in the store is sealed, as all state is (state/seal.py).
"""

import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from guardrail_gw.core.ports import Clock, StateStore
from guardrail_gw.errors import Overloaded, RateExceeded, Refusal, StateDown
from guardrail_gw.mcp.control.approval import Asking, Decision, Pending, read, written
from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp.shares import part
from guardrail_gw.mcp_errors import ApprovalRefused, ApprovalTimeout
from guardrail_gw.mcp_servers import ApprovalsConfig
from guardrail_gw.state.seal import StateKey

LOOK_S: Final = 0.5
PROGRESS_S: Final = 5.0
"""Shorter than any client waits for a sign of life."""
_SHOWN_S: Final = 3600.0
"""How long it is still there once it is over."""
_TRIES: Final = 50
_LIST: Final = "mcp approvals"

_Entry = tuple[str, int, str]
"""Of a call that waits: its id, until when, and whose it is."""
Record = Callable[[Pending], Awaitable[None]]
"""Has a decision on record; raises GuardrailError if it is not."""


class Approvals:
    """Waiting, and deciding."""

    def __init__(
        self,
        store: StateStore,
        key: StateKey,
        clock: Clock,
        config: ApprovalsConfig,
        *,
        is_alone: bool = False,
    ) -> None:
        """Without I/O; `is_alone`: there is one tenant, who need leave room to nobody."""
        self.held_here = 0
        """Calls that wait in this process."""
        self._each = part(config.most, config.most_per_key, is_alone=is_alone)
        self._store = store
        self._key = key
        self._clock = clock
        self._config = config

    def hold(self, asking: Asking) -> "Hold":
        """A call that is to wait; nothing is done until somebody iterates over it."""
        return Hold(self, asking)

    async def held(self, hold: "Hold") -> AsyncGenerator[Message, None]:
        """Wait until somebody allows the call; yields progress meanwhile, if it is wanted."""
        asking, wait_s = hold.asking, self._config.wait_s
        pending = asking.pending(secrets.token_hex(16), self._clock.now_us(), wait_s)
        await self._begin(pending)
        began_s = told_s = self._clock.monotonic_s()
        hold.found = pending
        self.held_here += 1
        try:
            while (found := await self._found(pending.id)).is_open(self._clock.now_us()):
                now_s = self._clock.monotonic_s()
                if asking.wants_progress and now_s - told_s >= PROGRESS_S:
                    told_s = now_s
                    yield _progress(now_s - began_s, wait_s)
                await self._clock.sleep(LOOK_S)
            hold.found = await self._ended(found, Decision.EXPIRED)
        finally:
            self.held_here -= 1
            if hold.found.decision is Decision.WAITING:
                await self._left(pending)
            with suppress(Refusal):  # else it counts until its time is over
                await self._change(lambda listed: [e for e in listed if e[0] != pending.id])
        _obey(hold.found)

    async def waiting(self) -> tuple[Pending, ...]:
        """Calls about which somebody may decide now, the oldest first."""
        now_us = self._clock.now_us()
        found = [await self.find(id_) for id_, *_ in await self._listed()]
        return tuple(each for each in found if each is not None and each.is_open(now_us))

    async def find(self, id_: str) -> Pending | None:
        """One call, whatever became of it; None when it is long over, or never was."""
        sealed = await self._store.get(self._name(id_))
        return None if sealed is None else self._opened(id_, sealed)

    async def decide(
        self, id_: str, decision: Decision, *, by: str, reason: str, record: Record
    ) -> Pending | None:
        """Decide about a call; None if it does not wait, or somebody was faster.

        Args:
            id_: of the call.
            decision: `ALLOWED` or `DENIED`.
            by: who decides.
            reason: why, for the record.
            record: has it on record before it is done.
        """
        sealed = await self._store.get(self._name(id_))
        before = None if sealed is None else self._opened(id_, sealed)
        if before is None or not before.is_open(self._clock.now_us()):
            return None
        after = replace(before, decision=decision, by=by, at_us=self._clock.now_us(), reason=reason)
        await record(after)
        return after if await self._swapped(sealed, after) else None

    async def _begin(self, pending: Pending) -> None:
        def added(listed: list[_Entry]) -> list[_Entry]:
            whose = _owner(pending)
            if len(listed) >= self._config.most:
                raise Overloaded("as many calls wait for approval as may; try again later")
            if sum(each[2] == whose for each in listed) >= self._each:
                raise RateExceeded(
                    f"{self._each} calls of this key wait for approval, and no more may",
                    code="limits.concurrency",
                    retry_after_s=PROGRESS_S,
                )
            return [*listed, (pending.id, pending.until_us, whose)]

        await self._put(pending)
        try:
            await self._change(added)
        except Refusal:
            await self._store.delete(self._name(pending.id))
            raise

    async def _change(self, made: Callable[[list[_Entry]], list[_Entry]]) -> None:
        """Change the list of calls that wait, whoever else does."""
        for _ in range(_TRIES):
            name, now_us = self._key.counter(_LIST), self._clock.now_us()
            sealed = await self._store.get(name)
            listed = made([each for each in self._entries(sealed) if each[1] > now_us])
            new = self._key.seal(name, json.dumps(listed).encode())
            ttl_s = self._config.wait_s + _SHOWN_S
            if await self._store.swap(name, sealed, new, ttl_s=ttl_s):
                return
        raise StateDown("the list of calls that wait cannot be changed")

    async def _found(self, id_: str) -> Pending:
        found = await self.find(id_)
        if found is None:
            raise StateDown("a call that waits for approval is gone from the state store")
        return found

    async def _ended(self, found: Pending, decision: Decision) -> Pending:
        """It, once nobody can decide any more: what is stored in the last moment counts."""
        if found.decision is not Decision.WAITING:
            return found
        sealed = await self._store.get(self._name(found.id))
        if sealed is not None and self._opened(found.id, sealed) == found:
            over = replace(found, decision=decision, at_us=self._clock.now_us())
            if await self._swapped(sealed, over):
                return over
        return await self._found(found.id)

    async def _left(self, pending: Pending) -> None:
        """Nobody need decide about a call that nobody waits for."""
        with suppress(Refusal):
            await self._ended(pending, Decision.LEFT)

    async def _put(self, pending: Pending) -> None:
        name = self._name(pending.id)
        sealed = self._key.seal(name, written(pending))
        await self._store.put(name, sealed, ttl_s=self._config.wait_s + _SHOWN_S)

    async def _swapped(self, sealed: bytes | None, after: Pending) -> bool:
        name = self._name(after.id)
        new = self._key.seal(name, written(after))
        return await self._store.swap(name, sealed, new, ttl_s=_SHOWN_S)

    async def _listed(self) -> list[_Entry]:
        return self._entries(await self._store.get(self._key.counter(_LIST)))

    def _entries(self, sealed: bytes | None) -> list[_Entry]:
        raw = None if sealed is None else self._key.open(self._key.counter(_LIST), sealed)
        found = [] if raw is None else json.loads(raw)
        return [(str(id_), int(until), "".join(whose)) for id_, until, *whose in found]

    def _opened(self, id_: str, sealed: bytes) -> Pending:
        raw = self._key.open(self._name(id_), sealed)
        if raw is None:
            raise StateDown("a call that waits for approval cannot be read: another key sealed it")
        return read(raw)

    def _name(self, id_: str) -> str:
        return self._key.counter(f"mcp approval|{id_}")


class Hold:
    """One call that waits: iterate over it, and go on when that ends.

    Raises while iterated:
        ApprovalRefused: somebody said no.
        ApprovalTimeout: nobody said anything in time.
        Overloaded: too many calls wait already.
        StateDown: nobody can be asked.
    """

    def __init__(self, approvals: Approvals, asking: Asking) -> None:
        self.asking = asking
        self.found: Pending | None = None
        """What became of it, so far."""
        self._approvals = approvals

    def __aiter__(self) -> AsyncIterator[Message]:
        """Begin to wait."""
        return self._approvals.held(self)


def _owner(pending: Pending) -> str:
    return f"{pending.tenant}/{pending.team}/{pending.user}/{pending.key}"


def _obey(found: Pending) -> None:
    facts = {"server": found.server, "by": found.by, "approval": found.id}
    if found.decision is Decision.ALLOWED:
        return
    if found.decision is Decision.DENIED:
        raise ApprovalRefused("a person whose approval is needed said no", facts=facts)
    raise ApprovalTimeout("nobody whose approval is needed decided in time", facts=facts)


def _progress(waited_s: float, wait_s: float) -> Message:
    params = {"progress": round(waited_s, 1), "total": wait_s, "message": "waiting for approval"}
    return {"method": "notifications/progress", "params": params}
