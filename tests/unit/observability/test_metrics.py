"""Metrics of exchanges, and of what is read."""

from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.identity import RequestId
from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.observability.state import State

ARRIVAL = Arrival(id=RequestId("r"), surface="openai_chat", received_us=0)
STATE = State(
    in_flight=0,
    unrecorded=0,
    audit_writable=True,
    audit_signed_ago_s=12.5,
    detectors_alive=True,
    detection_waiting=3,
    policy_digest="",
    policy_serial=0,
    policy_refused=False,
    shadow_digest=None,
    deployments={},
    now_s=0,
)


def value(metrics: Metrics, model: str) -> float | None:
    """The misses counted for a model; None when it has no series."""
    return metrics.registry.get_sample_value("guardrail_gw_restore_misses_total", {"model": model})


def test_misses_are_counted_by_model() -> None:
    """A model that restores well has a series too, at zero; a refusal has none."""
    metrics = Metrics()

    metrics.ended(ARRIVAL, Journal(model="mistral-large", unrestored=2), duration_s=0.1)
    metrics.ended(ARRIVAL, Journal(model="mistral-large", unrestored=1), duration_s=0.1)
    metrics.ended(ARRIVAL, Journal(model="gpt", unrestored=0), duration_s=0.1)
    metrics.ended(ARRIVAL, Journal(), duration_s=0.1)

    assert [value(metrics, m) for m in ("mistral-large", "gpt", "")] == [3, 0, None]


async def test_what_is_read_is_told_as_it_is() -> None:
    """The age of the last checkpoint, and the queue before detectors."""
    told = (await Metrics().exposition(STATE)).decode()

    assert "guardrail_gw_audit_checkpoint_age_seconds 12.5\n" in told
    assert "guardrail_gw_detection_waiting 3.0\n" in told
