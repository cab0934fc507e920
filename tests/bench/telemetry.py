"""What telling of exchanges costs: the request that is told of, and the thread that tells.

    python -m tests.bench.telemetry [EXCHANGES]

Exchanges as they are when they are over, one attempt each, to a receiver on loopback. Printed are
microseconds of the calling thread for each (what a request may notice) and of processor time of
the whole process for each (spans, measurements, protobuf, gzip, HTTP).
"""

import asyncio
import sys
import time
from dataclasses import replace

from opentelemetry.sdk.resources import Resource

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import Arrival, Attempt, Journal
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.passage import Passage
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.telemetry import measures, sending, spans
from guardrail_gw.observability.telemetry.arranged import TelemetrySender
from guardrail_gw.observability.telemetry.side_flow import SideFlow
from guardrail_gw.observability.telemetry.told import Known
from tests.support.otlp import receiver
from tests.support.routing_world import deployment

_EVERY = 1000


async def measured(exchanges: int) -> tuple[float, float]:
    """Microseconds of the caller, and of the processor, for each exchange."""
    known = Known(models=frozenset({"assistant"}), deployments={"eu": deployment("eu")})
    resource = Resource({"service.name": "bench"})
    with receiver() as received:
        address = sending.Address(endpoint=received.url, headers={}, authority=None, timeout_s=10)
        side = SideFlow(
            sender=TelemetrySender(
                spans=spans.Spans(known=known, resource=resource, sample=1, traceparent="ignore"),
                measures=measures.Measures(
                    resource, sending.metric_reader(address, lambda: True, 3600), known
                ),
                sender=sending.SpanSender(address, lambda: True),
            ),
            clock=SystemClock(),
            most=65_536,
            every_s=0.05,
        )
        told = [_exchange(number) for number in range(exchanges)]
        await side.start()
        processor_s, caller_s = time.process_time(), 0.0
        for start in range(0, exchanges, _EVERY):
            begun_s = time.thread_time()
            for each in told[start : start + _EVERY]:
                side.ended(*each)
            caller_s += time.thread_time() - begun_s
            await asyncio.sleep(0.01)
        while side.tally["exported"] < exchanges:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.02)
        processor_s = time.process_time() - processor_s
        await side.close()
    return 1e6 * caller_s / exchanges, 1e6 * processor_s / exchanges


def _exchange(number: int) -> tuple[Arrival, Journal]:
    now_us = time.time_ns() // 1000
    arrival = Arrival(id=RequestId(f"{number + 1:032x}"), surface="openai_chat", received_us=now_us)
    attempt = Attempt(
        deployment="eu",
        provider="openai-compatible",
        model="m",
        result="ok",
        started_us=now_us + 900,
        duration_us=200_000,
        sent_sha256="00" * 32,
    )
    journal = Journal(
        passage=Passage(
            asked="assistant",
            policy="sha256:00",
            admitted_us=now_us + 100,
            redacted_us=now_us + 500,
            committing_us=now_us + 600,
            committed_us=now_us + 800,
            found=3,
        ),
        attempts=[replace(attempt)],
        deployment="eu",
        usage=Usage(input=120, output=60),
        finish="stop",
        status=200,
    )
    return arrival, journal


def main() -> None:
    """Measure and print."""
    exchanges = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    caller_us, processor_us = asyncio.run(measured(exchanges))
    print(f"{exchanges:,} exchanges: {caller_us:.2f} us of a request each,", end=" ")
    print(f"{processor_us:.0f} us of processor time in all, receiver included")


if __name__ == "__main__":
    main()
