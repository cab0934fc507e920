"""How other policies come into force while requests are served.

read and compiled -> approved -> recorded -> remembered -> one reference swapped. Whatever fails on
the way leaves the last good policies in force; a request under way keeps those it began with.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.policy.source import PolicySet, PolicySource
from guardrail_gw.policy.watch import Look, look

ACTIVATED, REFUSED = "activated", "refused"
log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Activation:
    """Puts policies in force, one change at a time."""

    policies: PolicySource
    audit: AuditLog
    counted: Callable[[str], None]
    """Told `activated` or `refused`."""
    problem: str | None = None
    """Why what lies in the folder now is not in force; None when it is."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self) -> None:
        """Record the policies that were loaded at start.

        Raises:
            AuditDown: they cannot be recorded.
            ConfigError: they cannot be remembered.
        """
        await self._activate(self.policies.current)

    async def reload(self) -> None:
        """Load the folder anew.

        Raises:
            ConfigError: it is not valid or not approved; what was in force stays in force.
            AuditDown: the change cannot be recorded, so there is none.
        """
        async with self._one_at_a_time:
            try:
                candidate = await asyncio.to_thread(self.policies.candidate)
                if not _same(candidate, self.policies.current):
                    await self._activate(candidate)
                self.problem = None
            except (ConfigError, AuditDown) as error:
                self.problem = str(error)
                self.counted(REFUSED)
                raise

    async def refresh(self) -> bool:
        """Load the folder anew; what is wrong with it is in the log. Whether to try again."""
        try:
            await self.reload()
        except AuditDown:
            self._kept()
            return True
        except ConfigError:
            self._kept()
        return False

    async def watch(self, every_s: float) -> None:
        """Refresh whenever the folder has changed and then stood still for one look."""
        tried: Look | None = None
        before: Look | None = None
        while True:
            await asyncio.sleep(every_s)
            now = await asyncio.to_thread(look, self.policies.directory)
            if now == before and now != tried:
                again = await self.refresh()
                tried = None if again else now
            before = now

    def _kept(self) -> None:
        digest = self.policies.current.digest
        log.error("policy.kept", problem=self.problem, digest=digest)

    async def _activate(self, policies: PolicySet) -> None:
        await self.audit.activated(policies)
        await asyncio.to_thread(self.policies.enforce, policies)
        self.counted(ACTIVATED)
        serial = policies.approval.serial if policies.approval else None
        log.info("policy.loaded", digest=policies.digest, serial=serial)


def _same(one: PolicySet, other: PolicySet) -> bool:
    return one.digest == other.digest and one.approval == other.approval
