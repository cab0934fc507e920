"""Connections as the configuration has them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.errors import ConfigError
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.arranged import arranged_wiring, zone_of
from guardrail_gw.upstreams.pooling import Pooling
from tests.support.routing_world import deployment


def settings(folder: Path, own: dict[str, Any] | None = None, **more: Any) -> Settings:
    """A gateway with one deployment, and what else its file says."""
    said = {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
        "policies": "policies",
        "audit": {"directory": "audit", "keys": "keys", "public": "public"},
        "models": [{"name": "m", "deployments": ["a"]}],
        "deployments": [
            {
                "id": "a",
                "provider": "openai-compatible",
                "model": "m",
                "base_url": "http://127.0.0.1:9",
                **(own or {}),
            }
        ],
        **more,
    }
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(said), encoding="utf-8")
    return Settings.load(path)


def test_nothing_is_warm_and_nobody_is_near_unless_somebody_says_so(tmp_path: Path) -> None:
    """The defaults are those of the values themselves."""
    plain = settings(tmp_path)

    wiring = arranged_wiring(plain, {"a": deployment("a")}, lambda _, __: None)

    assert wiring.of("a") == Pooling(limit=None, idle_s=15.0, max_age_s=600.0, warm=0)
    assert wiring.base_urls == {"a": "http://127.0.0.1:9"}
    assert (wiring.names.ttl_s, wiring.names.stale_s, wiring.names.failed_s) == (10, 300, 1)
    assert zone_of(plain) == ""


def test_what_a_deployment_says_goes_before_what_is_said_of_all(tmp_path: Path) -> None:
    """Field by field; what neither says is the default."""
    every = {"connections": {"warm": 2, "idle_s": 50}, "names": {"ttl_s": 5}}
    said = settings(tmp_path, {"connections": {"warm": 0, "limit": 7}}, network=every)

    wiring = arranged_wiring(said, {}, lambda _, __: None)

    assert wiring.of("a") == Pooling(limit=7, idle_s=50.0, max_age_s=600.0, warm=0)
    assert wiring.of("b") == Pooling(limit=None, idle_s=50.0, max_age_s=600.0, warm=2)
    assert wiring.names.ttl_s == 5


def test_a_zone_is_a_name_or_stands_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that should be there and is not is an error for the gateway, and none elsewhere."""
    named, told = settings(tmp_path, zone="eu-1a"), settings(tmp_path, zone={"env": "A_ZONE"})
    monkeypatch.delenv("A_ZONE", raising=False)

    assert zone_of(named) == "eu-1a"
    with pytest.raises(ConfigError, match="A_ZONE holds no zone"):
        zone_of(told)
    assert zone_of(told, is_serving=False) == ""
    monkeypatch.setenv("A_ZONE", "eu-1b")
    assert zone_of(told) == "eu-1b"
    monkeypatch.setenv("A_ZONE", "Two words")
    with pytest.raises(ConfigError, match="A_ZONE holds no zone"):
        zone_of(told, is_serving=False)


@pytest.mark.parametrize(
    "network",
    [
        {"connections": {"warm": -1}},
        {"connections": {"limit": 0}},
        {"connections": {"idle_s": 0}},
        {"names": {"ttl_s": 0}},
        {"names": {"stale_s": -1}},
    ],
)
def test_what_has_no_meaning_is_refused(tmp_path: Path, network: dict[str, Any]) -> None:
    """Bounds are bounds."""
    with pytest.raises(ConfigError, match=r"gateway\.yaml"):
        settings(tmp_path, network=network)
