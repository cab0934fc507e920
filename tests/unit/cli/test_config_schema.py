"""The JSON Schemas of gateway.yaml and of a file of keys."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from guardrail_gw.cli.config_schema import schema
from guardrail_gw.cli.demo_folder import prepare
from tests.house.sources import ROOT


@pytest.mark.parametrize("name", ["gateway", "keys"])
def test_the_schema_in_the_repository_is_current(name: str) -> None:
    """`docs/schema` says what the models say, in one order."""
    kept = (ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")

    assert kept == schema(name)
    Draft202012Validator.check_schema(json.loads(kept))


def test_a_valid_file_fits_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    """What the demo writes is valid; with a field that is none it is not."""
    path = prepare(tmp_path, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=0)
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    held = Draft202012Validator(json.loads(schema("gateway")))

    assert list(held.iter_errors(value)) == []
    assert list(held.iter_errors(value | {"workerz": 2}))
