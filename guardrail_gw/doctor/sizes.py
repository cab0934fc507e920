"""What a short run on this machine says of how many gateways and detectors are needed."""

import math
from dataclasses import dataclass
from typing import Final

from guardrail_gw.doctor.check import Check, Verdict

HEADROOM: Final = 0.6
"""Of what was measured, what should be used: the rest is for peaks and the loss of a replica."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """So many requests one after another on so many connections."""

    connections: int
    requests: int
    took_s: float
    p50_ms: float
    p99_ms: float
    processors: float
    """How many were busy, on average, with the gateway and its detectors."""

    @property
    def rps(self) -> float:
        """Requests a second."""
        return self.requests / self.took_s if self.took_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A gateway with this configuration before a provider that answers at once."""

    alone: Run
    """One connection: what a request takes."""
    crowded: Run
    """As many as it takes to keep it busy."""


def judge(measured: Measured, wanted_rps: float | None) -> list[Check]:
    """What was measured, and advice on sizes.

    Args:
        measured: on this machine, with texts that were never seen before.
        wanted_rps: requests a second that are to be served; None: nobody said.
    """
    alone, crowded = measured.alone, measured.crowded
    said = f"adds {alone.p50_ms:.1f} ms to a request (p99 {alone.p99_ms:.1f} ms) when idle"
    latency = Check(name="bench.latency", verdict=Verdict.OK, said=said)
    each_ms = 1000 * crowded.processors / crowded.rps if crowded.rps else math.inf
    said = (
        f"{crowded.rps:.0f} requests/s on {crowded.connections} connections with"
        f" {crowded.processors:.1f} processor(s): {each_ms:.1f} ms of one each"
    )
    throughput = Check(
        name="bench.throughput",
        verdict=Verdict.OK if crowded.rps else Verdict.FAIL,
        said=said,
        advice=f"plan for {HEADROOM * crowded.rps:.0f} requests/s: {HEADROOM:.0%} of it",
    )
    return [latency, throughput, *_wanted(crowded, wanted_rps)]


def _wanted(crowded: Run, wanted_rps: float | None) -> list[Check]:
    if wanted_rps is None or not crowded.rps:
        return []
    replicas = math.ceil(wanted_rps / (HEADROOM * crowded.rps))
    processors = math.ceil(10 * replicas * crowded.processors) / 10
    return [
        Check(
            name="bench.sizes",
            verdict=Verdict.OK if replicas == 1 else Verdict.WARN,
            said=f"{wanted_rps:g} requests/s need {replicas} such gateway(s)",
            advice=f"{processors:g} processors in all, and one replica more than that to lose one",
        )
    ]
