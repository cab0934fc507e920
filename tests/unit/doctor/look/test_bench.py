"""The gateway of a bench reaches its stand-in, and nobody else of the configuration."""

import json
from pathlib import Path

import pytest
import yaml

from guardrail_gw.checked import checked_deployments
from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.doctor.look.bench import configured
from guardrail_gw.settings import Settings

pytestmark = pytest.mark.allow_blocking
ELSEWHERE = "https://tools.example"


def test_mcp_servers_are_left_alone(tmp_path: Path) -> None:
    """A session with one would be begun with its key, though nothing is to be sent."""
    path = prepare(tmp_path, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=0)
    server = {"id": "one", "url": f"{ELSEWHERE}/mcp", "inference": ["DE"], "storage": ["DE"]}
    config = yaml.safe_load(path.read_text()) | {"mcp": {"servers": [server]}}
    path.write_text(json.dumps(config))
    settings = Settings.load(path)
    place = next(iter(checked_deployments(settings, settings.catalog()).values()))

    made = configured(settings, "http://127.0.0.1:3/v1", place)

    again = tmp_path / "bench.yaml"
    again.write_text(json.dumps(made))
    assert ELSEWHERE not in json.dumps(made)
    assert Settings.load(again).gateway.mcp is None
