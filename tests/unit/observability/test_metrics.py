from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.identity import RequestId
from guardrail_gw.observability.metrics import Metrics

ARRIVAL = Arrival(id=RequestId("r"), surface="openai_chat", received_us=0)


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
