"""How a gateway starts by its catalog, or does not."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.log import configure
from tests.support.world import world

OWN = """
provider: acme
name: Acme
dialects: [{dialect}]
regions:
  fi:
    host: llm\\.acme\\.example
    base_url: https://llm.acme.example/v1
    inference: [FI]
    storage: [FI]
    source: https://acme.example/terms
    verified_on: "{day}"
"""
HERE = {"id": "d", "provider": "acme", "region": "fi", "model": "m"}


def one(**fields: Any) -> dict[str, Any]:
    """A gateway.yaml with one deployment and a catalog of its own."""
    return {
        "deployments": [{**HERE, **fields}],
        "models": [{"name": "assistant", "deployments": ["d"]}],
        "catalog": ["our-catalog"],
    }


def own(folder: Path, *, dialect: str = "openai_chat", day: str = "2026-11-01") -> None:
    """The operator's folder beside gateway.yaml."""
    path = folder / "our-catalog" / "providers" / "acme.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(OWN.format(dialect=dialect, day=day), encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"base_url": "https://llm.acme.exampel/v1"},
            "deployment d: base_url: host llm.acme.exampel does not belong to region 'fi'",
        ),
        ({"provider": "acne"}, "provider: 'acne' is not in the catalog; did you mean 'acme'?"),
        ({"provider": "github-models", "region": None}, "GitHub Models ended on 2026-07-30"),
    ],
)
async def test_what_the_catalog_does_not_bear_out_stops_the_start(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    """The error says which deployment, which field, and what would be right."""
    own(tmp_path)

    with pytest.raises(ConfigError) as caught:
        async with world(tmp_path, **one(**fields)):
            pass

    assert said in str(caught.value)


async def test_a_dialect_that_nobody_speaks_here_stops_the_start(tmp_path: Path) -> None:
    """A deployment that no request could ever reach is an error, not a silence."""
    own(tmp_path, dialect="acme_chat")

    with pytest.raises(ConfigError, match="acme speaks acme_chat there, which this gateway does"):
        async with world(tmp_path, **one()):
            pass


@pytest.mark.parametrize(("day", "warned"), [("2020-01-01", ["d"]), ("2100-01-01", [])])
async def test_old_facts_are_warned_of_and_stop_nothing(
    tmp_path: Path, day: str, warned: list[str]
) -> None:
    """A line in the log names the deployment and the age in days."""
    own(tmp_path, day=day)
    lines = io.StringIO()
    configure(lines)

    async with world(tmp_path, **one()) as there:
        ready, _ = await there.get("/readyz")
    events = [json.loads(line) for line in lines.getvalue().splitlines()]
    stale = [e for e in events if e["event"] == "catalog.stale"]

    assert ready == 200
    assert [e["deployment"] for e in stale] == warned
    assert all(e["age_days"] > 180 and e["level"] == "warning" for e in stale)
