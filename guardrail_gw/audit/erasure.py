"""Destroying keys: on request, or because their time has passed; and holding them.

Each command first decides, then records what it is about to do, then does it. Interrupted, it is
given once more: what is done already stays done.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guardrail_gw.audit import acts
from guardrail_gw.audit.acts import Acts
from guardrail_gw.audit.retention import Decision, Why, decided
from guardrail_gw.core.ports import Clock, Hold, KeyRegister, RegisterRow

BASES = ("art17", "contract", "other")
_ERASED, _EXPIRED = "erased", "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row and what happens to it."""

    row: RegisterRow
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command did."""

    destroyed: int
    waiting: tuple[Judged, ...]
    """What has to stay for now; an erasure of it is carried out by a later prune."""


class Custody:
    """Commands on the key register."""

    def __init__(self, register: KeyRegister, log: Acts, clock: Clock) -> None:
        self._register = register
        self._log = log
        self._clock = clock

    async def judged(self, scope: str | None) -> tuple[Judged, ...]:
        """What would happen to the rows of a scope now, or to all whose turn it is.

        Raises:
            RegisterDown: the register cannot be asked.
        """
        now = self._clock.now_us()
        found = self._register.due(now) if scope is None else self._register.of_scope(scope)
        return _judged(await found, await self._register.holds(), now)

    async def erase(self, scope: str, basis: str, said: Mapping[str, Any]) -> Done:
        """Destroy what a scope's content is sealed under, now or as soon as it may be.

        Args:
            scope: a tag.
            basis: one of `BASES`.
            said: who asked, on what ground; sealed. No name of the person belongs here.

        Raises:
            RegisterDown, LedgerDownError: it is not done; what is done is on record.
        """
        rows = await self._register.of_scope(scope)
        await self._register.want([row.sid for row in rows], basis)
        everything = await self.judged(scope)
        going = [each.row.sid for each in everything if each.decision.destroy]
        waiting = tuple(each for each in everything if not each.decision.destroy)
        await self._log.record(acts.erasure(going, basis, {**said, "waiting": len(waiting)}))
        at_us = self._clock.now_us()
        destroyed = await self._register.destroy(going, _ERASED, at_us)
        return Done(destroyed=destroyed, waiting=waiting)

    async def prune(self, said: Mapping[str, Any]) -> Done:
        """Destroy what has reached its time, and carry out erasures that had to wait.

        Raises:
            RegisterDown, LedgerDownError: as `erase`.
        """
        everything = await self.judged(None)
        by_why = {why: [each.row for each in everything if each.decision.why is why] for why in Why}
        now = self._clock.now_us()
        drafts = [
            acts.prune(level, now, count, said)
            for level, count in sorted(Counter(row.level for row in by_why[Why.EXPIRED]).items())
        ]
        for basis in sorted({row.wanted for row in by_why[Why.ERASURE]}):
            sids = [row.sid for row in by_why[Why.ERASURE] if row.wanted == basis]
            drafts += acts.erasure(sids, basis, said)
        if drafts:
            await self._log.record(drafts)
        destroyed = 0
        for why, word in ((Why.EXPIRED, _EXPIRED), (Why.ERASURE, _ERASED)):
            destroyed += await self._register.destroy([row.sid for row in by_why[why]], word, now)
        waiting = tuple(each for each in everything if not each.decision.destroy)
        return Done(destroyed=destroyed, waiting=waiting)

    async def hold(self, scope: str, said: Mapping[str, Any]) -> Hold:
        """From now on nothing of a scope is destroyed; an empty scope is everything.

        Raises:
            RegisterDown, LedgerDownError: it is not held.
        """
        made = Hold(id=secrets.token_hex(16), scope=scope, since_us=self._clock.now_us())
        await self._log.record([acts.hold(made.id, said)])
        await self._register.hold(made)
        return made

    async def release(self, hold_id: str, said: Mapping[str, Any]) -> bool:
        """End a hold; whether there was such a one.

        Raises:
            RegisterDown, LedgerDownError: it has not ended.
        """
        if not any(hold.id == hold_id for hold in await self._register.holds()):
            return False
        await self._log.record([acts.release(hold_id, said)])
        return await self._register.release(hold_id, self._clock.now_us())


def _judged(rows: Sequence[RegisterRow], holds: Sequence[Hold], now_us: int) -> tuple[Judged, ...]:
    return tuple(Judged(row=row, decision=decided(row, holds, now_us)) for row in rows)
