"""Clouds on loopback: their shipped facts, but for where they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from guardrail_gw.catalog.catalog import SHIPPED

_ELSEWHERE = ("listed_as", "regional", "profiles", "regions")
"""What is said of a cloud's own places and prices."""


def at_home(folder: Path, *providers: str) -> list[str]:
    """A catalog with `here-ID` for each: the shipped provider as a server of one's own."""
    (folder / "providers").mkdir(parents=True, exist_ok=True)
    for name in providers:
        path = SHIPPED / "providers" / f"{name}.yaml"
        fact = yaml.safe_load(path.read_text(encoding="utf-8"))
        here = {key: value for key, value in fact.items() if key not in _ELSEWHERE}
        here |= {"provider": f"here-{name}", "self_hosted": True, "regions": {}}
        written = yaml.safe_dump(here)
        (folder / "providers" / f"here-{name}.yaml").write_text(written, encoding="utf-8")
    return [str(folder)]


def deployed(cloud: str, base_url: str, models: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """The part of gateway.yaml that names one model for each virtual one."""
    deployments = [
        {
            "id": f"d{number}",
            "provider": f"here-{cloud}",
            "model": model,
            "base_url": base_url,
            "inference": ["DE"],
            "storage": ["DE"],
            **more,
        }
        for number, model in enumerate(models.values())
    ]
    routes = [{"name": name, "deployments": [f"d{number}"]} for number, name in enumerate(models)]
    return {"deployments": deployments, "models": routes}
