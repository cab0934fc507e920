"""A gateway.yaml for requests that go as far as their plan."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.policies import policy_text, write_policies

RULES = """\
pii:
  default: {action: token}
residency: {allow_jurisdictions: [EU], when: pii_detected, on_violation: reroute}
"""


def own(name: str, country: str, price: str | None = None, **more: Any) -> dict[str, Any]:
    """A server of one's own; `price` is that of a million tokens of either kind."""
    priced = {} if price is None else {"price": {"input": price, "output": price}}
    return {
        "id": name,
        "provider": "openai-compatible",
        "model": "m",
        "base_url": "http://127.0.0.1:9/v1",
        "inference": [country],
        "storage": [country],
        **priced,
        **more,
    }


def written(
    folder: Path,
    models: Sequence[dict[str, Any]],
    deployments: Sequence[dict[str, Any]],
    **more: Any,
) -> Path:
    """The file, with the rules above as its only policy; JSON is YAML."""
    (folder / "policies").mkdir()
    write_policies(folder / "policies", rules=policy_text("rules", RULES))
    config = {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
        "policies": "policies",
        "audit": {"directory": "audit", "keys": "keys", "public": "public"},
        "models": list(models),
        "deployments": list(deployments),
        **more,
    }
    path = folder / "gateway.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path
