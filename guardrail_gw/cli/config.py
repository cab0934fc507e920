"""`guardrail-gw config`: look at a configuration without running it."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
import orjson
import yaml
from rich.console import Console

from guardrail_gw.activation import policy_guard
from guardrail_gw.audit.arranged import arranged_shipper, promised
from guardrail_gw.catalog.hosts import address
from guardrail_gw.checked import archive_of, checked_deployments, loaded_credentials
from guardrail_gw.cli.config_explain import explain_field
from guardrail_gw.cli.config_schema import print_schema
from guardrail_gw.cli.policies import AS_JSON, vocabulary
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.telemetry.arranged import checked_place
from guardrail_gw.policy.source import PolicySource
from guardrail_gw.semantic.arranged import arranged_classifier
from guardrail_gw.settings import Settings

_HIDDEN: Final = "…"
_VALUES_OF: Final = ("headers", "env")
"""Members whose own members may have their values in the file itself: of MCP servers."""


@click.group(name="config")
def command() -> None:
    """Check gateway.yaml, and show what it comes to."""


command.add_command(print_schema)
command.add_command(explain_field)


@command.command(name="check")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--without-secrets", is_flag=True, help="Read no credential, as in a pipeline.")
def check(file: Path, without_secrets: bool) -> None:
    """Check FILE, its deployments against the catalog, credentials and policies; start nothing.

    Exit codes: 0 nothing wrong, 2 something is, and what.
    """
    settings = Settings.load(file)
    deployments = checked_deployments(settings, settings.catalog())
    arranged_classifier(settings, SystemClock())  # its classes are there, and its extra
    spoken_of = replace(vocabulary(detection_settings(settings)), durable=promised(settings))
    folder = settings.resolve(settings.gateway.policies)
    policies = PolicySource.load(folder, spoken_of, policy_guard(settings))
    checked_place(settings, policies.current)
    held = "not read"
    if not without_secrets:
        held = str(len(loaded_credentials(settings).held))
        archive_of(settings, SystemClock())  # its secrets and its library are there
        arranged_shipper(settings, SystemClock())  # its certificates are, and its key is one
    Console().print(
        f"{file}: {len(deployments)} deployment(s), {len(policies.current.documents)} policies, "
        f"credentials: {held}"
    )


@command.command(name="print")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--effective", is_flag=True, help="With every default that FILE leaves out.")
@AS_JSON
def print_file(file: Path, effective: bool, as_json: bool) -> None:
    """Show FILE as it is understood; secrets are files and variables, of which names are shown.

    Exit codes: 0 shown, 2 it is not valid, and why.
    """
    shown = understood(Settings.load(file), effective=effective)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, default_flow_style=None)
        sys.stdout.buffer.write(text.encode())


def understood(settings: Settings, *, effective: bool) -> dict[str, Any]:
    """The configuration as plain values that `Settings.load` would read to the same effect.

    Args:
        settings: what was loaded.
        effective: whether defaults are filled in.
    """
    shown: dict[str, Any] = settings.gateway.model_dump(
        mode="json", by_alias=True, exclude_unset=not effective, exclude_none=not effective
    )
    shown = _without_values(shown)
    if shown.get("webhook"):  # its path lets whoever knows it send there
        parts = urlsplit(shown["webhook"]["url"])
        shown["webhook"]["url"] = f"{parts.scheme}://{parts.netloc}/" + _HIDDEN * bool(parts.path)
    return shown


def _without_values(value: Any) -> Any:  # noqa: ANN401 - any value of a configuration
    """Of programs the first word only, of headers and variables the names: the rest may be keys."""
    if isinstance(value, list):
        return [_without_values(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _shown(name, each) for name, each in value.items()}


def _shown(name: str, value: Any) -> Any:  # noqa: ANN401 - ditto
    if name == "command" and isinstance(value, list):
        return [*value[:1], *[_HIDDEN] * (len(value) > 1)]
    if name in _VALUES_OF and isinstance(value, dict):
        return {n: _HIDDEN if isinstance(v, str) else _without_values(v) for n, v in value.items()}
    if name == "base_url" and isinstance(value, str):
        return _plain(value)
    return _without_values(value)


def _plain(url: str) -> str:
    """An address that nothing would be sent to may hold a key, as `https://user:key@host`."""
    try:
        return address(url).string
    except ConfigError:
        return _HIDDEN
