"""docs/configuration.md lists exactly the fields of gateway.yaml, and its example is one."""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.settings import Gateway, Settings
from tests.house.sources import ROOT, names, rows

TEXT = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
BLOCKS = {
    *(
        "listen",
        "mcp.aggregate",
        "mcp.approvals",
        "mcp.oauth.keys",
        "mcp.servers[].timeouts",
        "mcp.servers[].headers.<name>",
        "mcp.servers[].timeouts.tools.<name>",
        "mcp.servers[].process.env.<name>",
        "access",
        "limits",
        "audit",
        "audit.key_register",
        "audit.space",
        "detection",
        "state",
        "network",
        "network.connections",
        "network.names",
        "routing",
        "routing.retry",
        "routing.retry.budget",
    ),
    "credentials.<name>",
    "telemetry.headers.<name>",
    "tags.<name>",
    "deployments[].price.tiers.<name>",
}
"""Fields that only hold other fields; those have rows."""


def test_every_field_is_documented_with_its_default() -> None:
    """A field that the table lacks, a row that no field has, or another default, fails."""
    table = list(rows(TEXT))
    documented = {names(r[0])[0]: r[1].strip("`") for r in table}

    assert len(documented) == len(table)
    assert documented == {path: default for path, default in fields(Gateway) if path not in BLOCKS}


def test_the_example_is_a_valid_file(tmp_path: Path) -> None:
    """The example loads, and each of its deployments fits the catalog and has a price."""
    example = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    path = tmp_path / "gateway.yaml"
    path.write_text(example[1], encoding="utf-8")

    gateway = Settings.load(path).gateway
    catalog = Catalog.load()

    assert all(catalog.deployment(d).inference for d in gateway.deployments)
    assert all(catalog.deployment(d).price for d in gateway.deployments)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each field's path and default, depth first."""
    for name, field in model.model_fields.items():
        path = prefix + (field.alias or name)
        yield path, default(field)
        for inner, mark in models(field.annotation):
            if mark == ".<name>":
                yield path + mark, ""
            yield from fields(inner, f"{path}{mark}.")


def default(field: FieldInfo) -> str:
    """As the table writes it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value in (None, (), {}) else str(value)


def models(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Each model within an annotation, with how the path says that it is an item."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
    elif get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from models(part)
    elif get_origin(annotation) is tuple:
        yield from ((m, "[]") for m, _ in models(get_args(annotation)[0]))
    elif get_origin(annotation) is dict:
        yield from ((m, ".<name>") for m, _ in models(get_args(annotation)[1]))
