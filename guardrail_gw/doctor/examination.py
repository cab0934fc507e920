"""All checks of one configuration on this machine, in the order in which a gateway needs things."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from guardrail_gw.activation import policy_guard
from guardrail_gw.audit.arranged import arranged_shipper, promised
from guardrail_gw.audit.configured import audit_keys, tags
from guardrail_gw.callers import PrincipalConfig
from guardrail_gw.checked import archive_of, checked_deployments, loaded_credentials
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.text import Entity
from guardrail_gw.detection.detectable import elsewhere
from guardrail_gw.detection.detectors import Detectors
from guardrail_gw.dialects.every import SURFACES
from guardrail_gw.doctor import clock as clocks, detects, disk, ends, memory, reach, sizes
from guardrail_gw.doctor.check import Check, Verdict
from guardrail_gw.doctor.look import bench, files, machine, network, stores
from guardrail_gw.doctor.look.detectors import (
    Trial,
    chosen as chosen_canaries,
    seen as seen_canaries,
)
from guardrail_gw.errors import ConfigError, DetectionDown, PolicyDown
from guardrail_gw.keys.secret_files import REDACTION_KEY, read_secret
from guardrail_gw.observability.telemetry.arranged import checked_place
from guardrail_gw.policy.condition import conditions_installed
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.source import PolicySet, PolicySource
from guardrail_gw.policy.vocabulary import Vocabulary, surrogates_installed
from guardrail_gw.rehearsal import arranged_rehearsal
from guardrail_gw.settings import Settings


@dataclass(slots=True, kw_only=True)
class Examination:
    """One examination; `checks` yields each check as it is made."""

    settings: Settings
    detectors: Detectors = field(repr=False)
    """Of this configuration, not started yet."""
    clock: Clock = field(repr=False)
    benches: bool = False
    """Whether a gateway is run for some seconds."""
    wanted_rps: float | None = None
    """Requests a second that are to be served."""
    _deployments: Mapping[str, Deployment] = field(default_factory=dict, init=False, repr=False)
    _policies: PolicySet | None = field(default=None, init=False, repr=False)

    async def checks(self) -> AsyncIterator[Check]:
        """Configuration, keys, disk and clock, memory, stores, detection, hosts, speed."""
        for check in await asyncio.to_thread(lambda: [*self._configured(), *self._keys()]):
            yield check
        for check in await asyncio.to_thread(lambda: [*self._machine()]):
            yield check
        for check in await stores.looked_at(self.settings, self.clock):
            yield check
        async for check in self._detection():
            yield check
        for check in await self._reach():
            yield check
        for check in await self._bench():
            yield check

    def _configured(self) -> list[Check]:
        settings, found = self.settings, list[Check]()
        try:
            self._deployments = checked_deployments(settings, settings.catalog())
            said = f"{len(self._deployments)} deployment(s) fit the catalog"
            found.append(Check(name="deployments", verdict=Verdict.OK, said=said))
        except ConfigError as error:
            found.append(_fault("deployments", error))
        try:
            settings.virtual_keys()
            credentials = loaded_credentials(settings)
            archive_of(settings, self.clock)
            arranged_shipper(settings, self.clock)
            said = f"{len(credentials.held)} credential(s) can be read"
            found.append(Check(name="credentials", verdict=Verdict.OK, said=said))
        except ConfigError as error:
            found.append(_fault("credentials", error))
        return [*found, ends.judge_modes(files.modes(settings)), *self._contracts()]

    def _contracts(self) -> list[Check]:
        """Those that have ended, or will soon; the others go without saying."""
        now_us = self.clock.now_us()
        every = [
            ends.judge_end(
                ends.End(
                    name=f"contract {deployment.id}",
                    what=f"its {term.what}",
                    ends_us=term.ends_us,
                    then="nothing is sent there from then on: renew it, and change gateway.yaml",
                ),
                now_us,
            )
            for deployment in self._deployments.values()
            for term in deployment.terms
        ]
        return [check for check in every if check.verdict is not Verdict.OK]

    def _keys(self) -> list[Check]:
        settings, now_us = self.settings, self.clock.now_us()
        found = [ends.judge_end(end, now_us) for end in files.certificates(settings)]
        try:
            keys = audit_keys(settings, now_us)
            read_secret(settings.resolve(settings.gateway.audit.keys) / REDACTION_KEY)
            tags(settings)
        except (ConfigError, OSError) as error:
            return [_fault("keys", error), *found]
        until_us = int(datetime.combine(keys.expires, time(), UTC).timestamp() * 1e6)
        end = ends.End(
            name="keys",
            what=f"{len(keys.recipients)} recipients of {keys.name}",
            ends_us=until_us,
            then="two governors sign a new version: guardrail-gw keys rotate",
        )
        return [ends.judge_end(end, now_us), *found]

    def _machine(self) -> list[Check]:
        gateway, space = self.settings.gateway, self.settings.gateway.audit.space
        folder = self.settings.resolve(gateway.audit.directory)
        wanted = disk.Wanted(
            warn_bytes=space.warn_bytes,
            stop_bytes=space.stop_bytes,
            ballast_bytes=space.ballast_bytes,
            lasting=gateway.audit.lasting,
        )
        needed = memory.Wanted(
            workers=gateway.workers,
            detectors=gateway.detection.detectors,
            has_model=gateway.detection.model is not None,
            cache_bytes=gateway.cache.max_bytes if gateway.cache else 0,
            in_flight=gateway.limits.max_in_flight,
        )
        return [
            *disk.judge(files.looked_at(folder, gateway.audit.directory), wanted),
            *clocks.judge(files.times(folder, self.clock)),
            *memory.judge(machine.limits(), needed),
        ]

    async def _detection(self) -> AsyncIterator[Check]:
        """Start the detectors, load the policies that speak of them, send canaries through both."""
        try:
            await self.detectors.start()
        except (ConfigError, DetectionDown) as error:
            yield _fault("detection", error)
            return
        try:
            said = f"detectors find {len(self.detectors.entities)} kinds"
            yield Check(name="detection", verdict=Verdict.OK, said=said)
            yield await asyncio.to_thread(self._loaded)
            for check in await self._canaries():
                yield check
        finally:
            await self.detectors.close()

    def _loaded(self) -> Check:
        settings = self.settings
        folder = settings.resolve(settings.gateway.policies)
        try:
            spoken_of = self._vocabulary()
            source = PolicySource.load(folder, spoken_of, policy_guard(settings))
        except ConfigError as error:
            return _fault("policies", error)
        self._policies = source.current
        try:
            checked_place(settings, source.current)
        except ConfigError as error:
            return _fault("telemetry", error)
        said = f"{len(source.current.documents)}, {source.current.digest[:19]}…"
        if unserved := [who for who in _callers(settings) if not _of(source.current, who)]:
            return Check(
                name="policies",
                verdict=Verdict.WARN,
                said=f"{said}; none is for {len(unserved)} of the callers",
                advice="they are refused (policy.unavailable): guardrail-gw policy explain",
            )
        return Check(name="policies", verdict=Verdict.OK, said=said)

    def _vocabulary(self) -> Vocabulary:
        catalog = self.settings.catalog()
        return Vocabulary(
            detectable=self.detectors.entities,
            jurisdictions=catalog.jurisdictions.members,
            surfaces=SURFACES,
            surrogates=surrogates_installed(),
            conditions=conditions_installed(),
            elsewhere=elsewhere(),
            durable=promised(self.settings),
        )

    async def _canaries(self) -> list[Check]:
        if self._policies is None:
            return []
        rehearsal = (
            arranged_rehearsal(
                self.settings, self._deployments, self._policies, self.detectors, self.clock
            )
            if self._deployments
            else None
        )
        every: dict[tuple[str, ...], tuple[Principal, Policy]] = {}
        for who in _callers(self.settings):
            for policy in _of(self._policies, who)[:1]:
                every.setdefault(policy.documents, (who, policy))
        if rehearsal is None or not every:
            said = "nothing to try them with: deployments or policies are missing"
            return [Check(name="detection.kinds", verdict=Verdict.NOT_TESTED, said=said)]
        found = list[Check]()
        for documents, (who, policy) in every.items():
            trial = Trial(rehearsal=rehearsal, principal=who, policy=policy, clock=self.clock)
            checks = await self._tried(trial)
            suffix = f" ({', '.join(documents)})" if len(every) > 1 else ""
            found += [replace(check, name=check.name + suffix) for check in checks]
        return found

    async def _tried(self, trial: Trial) -> list[Check]:
        entities = self.detectors.entities
        chosen = chosen_canaries(self.settings, entities, trial.policy)
        shown = {canary.entity for canary in chosen}
        relied_on = frozenset(map(Entity, self.settings.gateway.detection.require))
        apart = elsewhere()
        silent = [e for e in entities - shown if not apart.get(e, frozenset()) or e in relied_on]
        try:
            seen = [each async for each in seen_canaries(trial, chosen)]
        except DetectionDown as error:
            return [_fault("detection.kinds", error)]
        return detects.judge(seen, relied_on, silent)

    async def _reach(self) -> list[Check]:
        gateway, now_us = self.settings.gateway, self.clock.now_us()
        policies = self._every_policy()
        chosen = reach.choose(self._deployments, policies, now_us)
        tried = await network.tried(chosen, gateway.routing.connect_timeout_s)
        checks = [reach.judge(each, tried.get(each.deployment)) for each in chosen]
        reached = [name for name, each in tried.items() if not each.problem]
        models = {model.name: model.deployments for model in gateway.models}
        return [reach.judge_models(models, reached), *checks]

    def _every_policy(self) -> list[Policy]:
        if self._policies is None:
            return []
        return [p for who in _callers(self.settings) for p in _of(self._policies, who)]

    async def _bench(self) -> list[Check]:
        name = "bench"
        if not self.benches:
            said = "not asked for (--bench)"
            return [Check(name=name, verdict=Verdict.NOT_TESTED, said=said)]
        lawful = [
            self._deployments[each.deployment]
            for each in reach.choose(self._deployments, self._every_policy(), self.clock.now_us())
            if not each.refused
        ]
        if not lawful:
            said = "no deployment is lawful, so there is nothing to measure"
            return [Check(name=name, verdict=Verdict.NOT_TESTED, said=said)]
        try:
            return sizes.judge(await bench.measured(self.settings, lawful[0]), self.wanted_rps)
        except (ConfigError, ExceptionGroup) as error:
            return [_fault(name, _first(error))]


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _fault(name: str, error: BaseException) -> Check:
    """What stands in the way, in the words in which a start would tell it."""
    is_ours = isinstance(error, (ConfigError, DetectionDown))
    said = str(error) if is_ours else type(error).__name__
    return Check(name=name, verdict=Verdict.FAIL, said=said, advice="the gateway does not start")


def _callers(settings: Settings) -> list[Principal]:
    """Everybody who has a key, or the only client; one for each tenant and team."""
    single = settings.gateway.access.single_tenant
    every: list[PrincipalConfig] = [*settings.virtual_keys()] if single is None else [single]
    found = {
        (who.tenant, who.team): Principal(
            tenant=who.tenant, team=who.team, user=who.user, key_id="doctor"
        )
        for who in every
    }
    return list(found.values())


def _of(policies: PolicySet, who: Principal) -> list[Policy]:
    """What binds somebody, at each surface that is served; chat completions first."""
    found = list[Policy]()
    for surface in sorted(SURFACES, key=lambda name: (name != "openai_chat", name)):
        try:
            policy = policies.resolve(who, surface)
        except PolicyDown:
            continue
        if policy.serves(surface):
            found.append(policy)
    return found
