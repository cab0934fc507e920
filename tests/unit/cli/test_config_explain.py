"""`guardrail-gw config explain`: every field of gateway.yaml, in the words of its page."""

import json

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.cli.config import command
from guardrail_gw.errors import ConfigError
from guardrail_gw.settings import Gateway


def explained(*words: str) -> Result:
    """The command's result."""
    return CliRunner().invoke(command, ["explain", *words])


@pytest.mark.allow_blocking
@pytest.mark.parametrize("name", [field.alias or n for n, field in Gateway.model_fields.items()])
def test_every_section_of_the_model_is_explained(name: str) -> None:
    """Whatever stands at the top of gateway.yaml, or something within it, has a meaning."""
    found = json.loads(explained(name, "--json").output)

    assert found
    assert all(each["says"] for each in found)
    assert {each["field"].split(".")[0].split("[")[0] for each in found} == {name}


@pytest.mark.allow_blocking
def test_a_field_is_explained_with_those_within_it() -> None:
    """And with no other that only begins like it; links can be read without a browser."""
    one = explained("limits.drain_s")
    some = json.loads(explained("mcp.servers", "--json").output)

    assert one.output.startswith("limits.drain_s  (default: 30)\n    Seconds")
    assert {"mcp.servers", "mcp.servers[].id"} <= {each["field"] for each in some}
    assert "drain_delay_s" not in one.output
    assert "(docs/audit-keys.md)" in explained("audit").output
    assert "](" not in explained().output


@pytest.mark.allow_blocking
def test_a_field_that_does_not_exist_is_told_with_its_neighbours() -> None:
    """A typing error, or half a word."""
    wrong = explained("limits.drain_z").exception

    assert isinstance(wrong, ConfigError)
    assert "did you mean limits.drain_s" in str(wrong)
    assert isinstance(explained("limits.drain").exception, ConfigError)
