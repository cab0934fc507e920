"""What a running gateway says of itself: to probes, in metrics, to operators."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from prometheus_client.metrics_core import Metric

from guardrail_gw.activation import Activation
from guardrail_gw.audit.copies import Copies
from guardrail_gw.audit.log import AuditLog
from guardrail_gw.cache.answers import Answers
from guardrail_gw.core.ports import Clock
from guardrail_gw.detection.detectors import Detectors
from guardrail_gw.observability.deployments import Wires
from guardrail_gw.observability.memory import processes
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.observability.state import State
from guardrail_gw.observability.telemetry.side_flow import SideFlow
from guardrail_gw.policy.source import PolicySource
from guardrail_gw.rotation import Rotation
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.arranged import shown_routing
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.nearness import Nearness
from guardrail_gw.server.chat import Load
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.http import HttpUpstream

if TYPE_CHECKING:
    from guardrail_gw.policy.shadow import Shadow

Generation = dict[str, str | int | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The rooms that are asked; implements `server.probes.Probed` for one process."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    load: Load
    detectors: Detectors
    policies: PolicySource
    activation: Activation
    rotation: Rotation
    shadow: "Shadow | None"
    audit: AuditLog
    copies: Copies
    routing_room: Routing
    upstream: HttpUpstream
    nearness: Nearness
    accounts: Accounts | None
    answers: Answers | None
    telemetry: SideFlow | None
    accepting: Callable[[], bool]

    def checks(self) -> dict[str, bool]:
        """Each safeguard -> whether it can do its work now; all were proved at start."""
        return {
            "policy": bool(self.policies.current.documents),
            "detection": self.detectors.ready,
            "audit": self.audit.writable,
            "accepting": self.accepting(),
        }

    def generation(self) -> Generation:
        """What is loaded, and whether what is counted is shared: a probe does not fail for that."""
        is_alone = self.accounts is not None and self.accounts.standing.is_alone
        return {
            **self.activation.generation(),
            **self.rotation.generation(),
            "config_digest": self.settings.digest,
            "state": "local" if is_alone else "shared",
        }

    async def live(self) -> bool:
        """A process that answers lives, unless nobody looks after its detectors."""
        return self.detectors.alive

    async def readiness(self) -> tuple[bool, Mapping[str, Any]]:
        """See `Probed`."""
        checks = self.checks()
        return all(checks.values()), {"checks": checks, **self.generation()}

    async def routing(self) -> Mapping[str, Any]:
        """See `Probed`."""
        return self.routing_shown()

    def routing_shown(self) -> Mapping[str, Any]:
        """What this process knows of models and deployments."""
        now_s = self.clock.monotonic_s()
        connections = {name: asdict(sizes) for name, sizes in self.upstream.connections.items()}
        known = self.routing_room.healths
        return shown_routing(self.settings, known, now_s, self.nearness, connections)

    async def workers(self) -> Mapping[str, Any]:
        """See `Probed`."""
        return {"workers": [self.process()]}

    def process(self) -> dict[str, Any]:
        """This process, and what it is doing."""
        return {
            "worker": self.settings.worker or 0,
            "pid": os.getpid(),
            "in_flight": self.load.in_flight,
            "ready": all(self.checks().values()),
            "detectors": list(self.detectors.pids),
        }

    async def exposition(self) -> bytes:
        """See `Probed`."""
        return await self.metrics.exposition(self.state())

    async def families(self) -> list[Metric]:
        """The same, not written out."""
        return await self.metrics.families(self.state())

    def state(self) -> State:
        """What is read when metrics are asked for."""
        return State(
            in_flight=self.load.in_flight,
            unrecorded=self.audit.tally.unrecorded,
            audit_writable=self.audit.tally.problem is None,
            audit_space=self.audit.space,
            now_us=self.clock.now_us(),
            audit_collector=self.copies.shipped,
            audit_archive=self.copies.archived,
            detectors_alive=self.detectors.alive,
            audit_signed_ago_s=self.audit.signed_ago_s,
            detection_waiting=self.detectors.waiting,
            processes=partial(processes, self.settings.worker, self.detectors.pids),
            policy_digest=self.policies.current.digest,
            policy_serial=self.policies.current.serial,
            policy_refused=self.activation.problem is not None,
            config_digest=self.settings.digest,
            secrets_generation=self.rotation.number,
            secrets_digest=self.rotation.digest,
            secrets_refused=self.rotation.problem is not None,
            shadow_digest=self.shadow.digest if self.shadow else None,
            deployments=self.routing_room.healths,
            wires=Wires(
                connections=self.upstream.connections,
                connect_s=self.nearness.times,
                look_ups=self.upstream.look_ups,
            ),
            now_s=self.clock.monotonic_s(),
            accounts=self.accounts.tally if self.accounts else None,
            answers=self.answers.tally if self.answers else None,
            standing=self.accounts.standing if self.accounts else None,
            telemetry=self.telemetry.tally if self.telemetry else None,
        )
