"""docs/collector.md lists a collector's fields, metrics and codes, and its examples are such."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from prometheus_client import CollectorRegistry

from guardrail_gw.auditing import ShippingConfig
from guardrail_gw.collector.metrics import CollectorMetrics
from guardrail_gw.collector.settings import CollectorConfig, CollectorSettings
from guardrail_gw.keys.vkey import COSIGNS, parse_vkey
from tests.house.sources import PACKAGE, ROOT, calls, modules, names, rows, text_of
from tests.house.test_configuration_is_documented import fields

TEXT = (ROOT / "docs" / "collector.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
HOLDERS = {"apiVersion", "kind", "listen", "listen.tls", "watch", "gateways"}
"""Fields that only hold others, or say what the file is."""


def cells() -> Iterator[str]:
    """What stands in backticks in the first cells of all tables."""
    for row in rows(TEXT):
        yield from names(row[0])


def test_every_field_is_documented() -> None:
    """A field of collector.yaml that the table lacks, or one that does not exist, fails."""
    known = {path for path, _ in fields(CollectorConfig)} - HOLDERS
    listed = {cell for cell in cells() if cell.split(".")[0].split("[")[0] in _heads(known)}

    assert listed == known


def _heads(paths: set[str]) -> set[str]:
    return {path.split(".")[0].split("[")[0] for path in paths}


def test_the_examples_are_valid(tmp_path: Path) -> None:
    """The collector's example loads; the gateway's part is one that gateway.yaml takes."""
    collector, gateway = EXAMPLES
    path = tmp_path / "collector.yaml"
    path.write_text(collector, encoding="utf-8")

    settings = CollectorSettings.load(path)
    part = ShippingConfig.model_validate(yaml.safe_load(gateway)["audit"]["collector"])

    assert parse_vkey(part.key, COSIGNS).name == settings.config.name


def test_every_metric_is_documented() -> None:
    """A metric that the page lacks, or a row that nothing exposes, fails."""
    registry: CollectorRegistry = CollectorMetrics().registry
    exposed = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in registry.collect()
    }

    assert {cell for cell in cells() if cell.startswith("guardrail_gw_collector_")} == exposed


def test_every_code_is_documented() -> None:
    """A code that the collector answers with and the page lacks, or the reverse, fails."""
    given = {
        text_of(call.args[1])
        for _, tree in modules(PACKAGE / "collector")
        for name, call in calls(tree)
        if name == "RefusedError"
    }

    assert {cell for cell in cells() if re.fullmatch(r"collector\.[a-z_]+", cell)} == given
