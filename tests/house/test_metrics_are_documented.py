"""docs/metrics.md lists exactly the metrics that the gateway exposes, with type and labels."""

from guardrail_gw.observability.metrics import Metrics
from guardrail_gw.supervision.gathering import own
from tests.house.sources import ROOT, names, rows


def test_every_metric_is_documented_with_type_and_labels() -> None:
    """A metric or label that the table lacks, or a row that nothing exposes, fails."""
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    documented = {names(r[0])[0]: (r[1], tuple(names(r[2]))) for r in rows(text)}

    assert documented == exposed()


def exposed() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Exposed name -> type and labels."""
    registry = Metrics().registry
    collectors = registry._names_to_collectors  # noqa: SLF001 - the only place that knows the labels
    found = {
        f"{family.name}_total" if family.type == "counter" else family.name: (
            family.type,
            tuple(getattr(family, "_labelnames", ())),
        )
        for family in own(())
    }
    for family in registry.collect():
        own_names = getattr(family, "_labelnames", ())
        labels = tuple(getattr(collectors.get(family.name), "_labelnames", own_names))
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, labels)
    return found
