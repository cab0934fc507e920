"""The receiver of spans is held to the policies' own rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.telemetry.place import countries_of, forbidding
from guardrail_gw.policy.source import load_set
from guardrail_gw.telemetry import TelemetryConfig
from tests.support.policies import policy_text, vocabulary, write_policies

GERMAN = TelemetryConfig(endpoint="https://otlp.example.org", storage=("DE",))
CATALOG = Catalog.load()


def test_places_are_the_catalogs() -> None:
    """A jurisdiction stands for its members; a name that nobody knows is no place."""
    assert countries_of(GERMAN, CATALOG) == {"DE"}
    assert len(countries_of(replace_storage("EU"), CATALOG)) == 27
    with pytest.raises(ConfigError, match="telemetry: unknown jurisdiction"):
        countries_of(replace_storage("Atlantis"), CATALOG)


def test_a_providers_host_is_no_receiver_of_ones_own() -> None:
    """Its place is in the catalog, whatever the file says."""
    config = GERMAN.model_copy(update={"endpoint": "https://api.openai.com"})

    with pytest.raises(ConfigError, match="belongs to openai"):
        countries_of(config, CATALOG)


@pytest.mark.parametrize(
    ("countries", "rules"),
    [(("DE",), ()), (("DE", "US"), ("base/residency",)), (("CH",), ("base/residency",))],
)
def test_every_rule_counts_also_one_that_binds_some_requests_only(
    tmp_path: Path, countries: tuple[str, ...], rules: tuple[str, ...]
) -> None:
    """One country outside is enough."""
    policies = load_set(write_policies(tmp_path, base=policy_text(spec=RESIDENCY)), vocabulary())

    assert forbidding(frozenset(countries), policies) == rules


def test_unknown_is_nowhere(tmp_path: Path) -> None:
    """Also where no policy has a rule."""
    policies = load_set(write_policies(tmp_path, base=policy_text()), vocabulary())

    assert forbidding(frozenset(), replace(policies)) == ("unknown",)


RESIDENCY = """\
pii: {default: {action: token}}
residency: {allow_jurisdictions: [EU], when: pii_detected, on_violation: reroute}
"""


def replace_storage(*names: str) -> TelemetryConfig:
    """The receiver elsewhere."""
    return GERMAN.model_copy(update={"storage": names})
