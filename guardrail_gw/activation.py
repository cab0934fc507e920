"""How other policies come into force while requests are served.

read and compiled -> approved -> recorded -> remembered -> one reference swapped. Whatever fails on
the way leaves the last good policies in force; a request under way keeps those it began with.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.keys.policy_signatures import SignedPolicies, load_guard
from guardrail_gw.policy.shadowed import Shadowed
from guardrail_gw.policy.source import PolicySet, PolicySource
from guardrail_gw.policy.vocabulary import Vocabulary
from guardrail_gw.policy.watch import Look, look
from guardrail_gw.settings import Settings

if TYPE_CHECKING:
    from guardrail_gw.policy.shadow import Shadow

ACTIVATED, REFUSED = "activated", "refused"
log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Activation:
    """Puts policies in force, one change at a time."""

    policies: PolicySource
    audit: AuditLog
    counted: Callable[[str], None]
    """Told `activated` or `refused`."""
    shadow: "Shadow | None" = None
    """A candidate that is judged beside them."""
    problem: str | None = None
    """Why what lies in the folder now is not in force; None when it is."""
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def generation(self) -> dict[str, str | int | bool]:
        """What is in force, for `/readyz`."""
        current = self.policies.current
        serial = {"policy_serial": current.serial} if current.approval else {}
        refused = self.problem is not None
        return {"policy_digest": current.digest, **serial, "policy_refused": refused}

    async def begin(self) -> None:
        """Record the policies that were loaded at start, and load the candidate.

        Raises:
            AuditDown: they cannot be recorded.
            ConfigError: they cannot be remembered.
        """
        await self._activate(self.policies.current)
        await self.refresh_shadow()

    async def reload(self) -> None:
        """Load the folder anew.

        Raises:
            ConfigError: it is not valid or not approved; what was in force stays in force.
            AuditDown: the change cannot be recorded, so there is none.
        """
        async with self._one_at_a_time:
            await self.refresh_shadow()
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

    async def refresh_shadow(self) -> bool:
        """Load the candidate anew; what is wrong with it is in the log. Whether to try again."""
        shadow = self.shadow
        if shadow is None:
            return False
        was = shadow.current
        try:
            await asyncio.to_thread(shadow.load)
        except ConfigError as error:
            log.warning("shadow.refused", problem=str(error))
        if shadow.current is not None and (was is None or was.digest != shadow.current.digest):
            log.info("shadow.loaded", digest=shadow.current.digest)
        return False

    async def watch(self, every_s: float) -> None:
        """Refresh whenever a folder has changed and then stood still for one look."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_watched(self.policies.directory, every_s, self.refresh))
            if self.shadow is not None:
                tasks.create_task(_watched(self.shadow.directory, every_s, self.refresh_shadow))

    def _kept(self) -> None:
        digest = self.policies.current.digest
        log.error("policy.kept", problem=self.problem, digest=digest)

    async def _activate(self, policies: PolicySet) -> None:
        await self.audit.activated(policies)
        await asyncio.to_thread(self.policies.enforce, policies)
        self.counted(ACTIVATED)
        serial = policies.approval.serial if policies.approval else None
        log.info("policy.loaded", digest=policies.digest, serial=serial)


def policy_guard(settings: Settings) -> SignedPolicies | None:
    """Who must have signed the policies; None where nobody has to.

    Raises:
        ConfigError: the keys of those who may sign cannot be read.
    """
    config = settings.gateway.policy_signing
    if config is None:
        return None
    signers, state = settings.resolve(config.signers), settings.resolve(config.state)
    return load_guard(config.bundle, signers, state, config.min_serial)


def shadow_of(
    settings: Settings,
    vocabulary: Vocabulary,
    deployments: Mapping[str, Deployment],
    counted: Callable[[Shadowed | None], None],
) -> "Shadow | None":
    """The candidate that gateway.yaml names, not loaded yet; None where it names none."""
    config = settings.gateway
    if config.shadow_policies is None:
        return None
    from guardrail_gw.policy.explanation import Place  # noqa: PLC0415 - as configured
    from guardrail_gw.policy.shadow import Shadow  # noqa: PLC0415 - ditto

    places = {
        name: Place(inference=each.inference, storage=each.storage)
        for name, each in deployments.items()
    }
    return Shadow(
        directory=settings.resolve(config.shadow_policies),
        vocabulary=vocabulary,
        routes={m.name: {d: places[d] for d in m.deployments} for m in config.models},
        counted=counted,
    )


async def _watched(directory: Path, every_s: float, refresh: Callable[[], Awaitable[bool]]) -> None:
    tried: Look | None = None
    before: Look | None = None
    while True:
        await asyncio.sleep(every_s)
        now = await asyncio.to_thread(look, directory)
        if now == before and now != tried:
            again = await refresh()
            tried = None if again else now
        before = now


def _same(one: PolicySet, other: PolicySet) -> bool:
    return one.digest == other.digest and one.approval == other.approval
