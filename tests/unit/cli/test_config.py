"""`guardrail-gw config check`, as somebody who changes gateway.yaml runs it."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from guardrail_gw.cli.config import command
from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from guardrail_gw.semantic.classes import SHIPPED
from guardrail_gw.settings import Settings

KEY = "sk-never-show-this"
DEPLOYMENT = {
    "id": "gpt",
    "provider": "azure-openai",
    "region": "swedencentral",
    "deployment_type": "regional",
    "base_url": "https://acme.openai.azure.com/openai",
    "api_version": "2024-10-21",
    "model": "hr-bot",
    "credential": "azure",
}


def written(folder: Path, deployment: dict[str, Any], credential: dict[str, Any]) -> Path:
    """A gateway.yaml with one deployment."""
    config = {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
        "policies": str(shipped("policies/default")),
        "audit": {"directory": "audit", "keys": "keys", "public": "public"},
        "models": [{"name": "m", "deployments": ["gpt"]}],
        "deployments": [deployment],
        "credentials": {"azure": credential},
    }
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def test_what_is_right_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployments, policies and credentials, none of which is shown."""
    monkeypatch.setenv("AZURE_KEY", KEY)
    path = written(tmp_path, DEPLOYMENT, {"env": "AZURE_KEY"})

    result = CliRunner().invoke(command, ["check", str(path)], catch_exceptions=False)

    assert result.exit_code == 0
    assert "1 deployment(s)" in " ".join(result.output.split())
    assert "credentials: 1" in " ".join(result.output.split())
    assert KEY not in result.output


def test_route_classes_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is ranked by classes which are not there is named, and so is the class."""
    monkeypatch.setenv("AZURE_KEY", KEY)
    path = written(tmp_path, DEPLOYMENT, {"env": "AZURE_KEY"})
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["models"][0] |= {"objective": "semantic", "classes": {"short_factul": {}}}
    config["semantic"] = {"classes": str(shipped(SHIPPED) / "classes.yaml")}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")

    with pytest.raises(ConfigError, match="'short_factul'; did you mean 'short_factual'"):
        CliRunner().invoke(command, ["check", str(path)], catch_exceptions=False)


@pytest.mark.parametrize(
    ("deployment", "credential", "said"),
    [
        ({**DEPLOYMENT, "api_version": None}, {"env": "AZURE_KEY"}, "needs an `api_version`"),
        (
            DEPLOYMENT,
            {"google": {"metadata_server": "http://metadata.google.internal"}},
            "kind 'google'; azure-openai takes key, entra",
        ),
        (DEPLOYMENT, {"env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE is missing or empty"),
        (
            DEPLOYMENT,
            {"env": "A", "file": "b"},
            "give one of file, env, command, entra, google, aws",
        ),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deployment: dict[str, Any],
    credential: dict[str, Any],
    said: str,
) -> None:
    """An address, a credential of another kind, a secret that is not there, two in one."""
    monkeypatch.setenv("AZURE_KEY", KEY)
    path = written(tmp_path, deployment, credential)

    with pytest.raises(ConfigError, match=said):
        CliRunner().invoke(command, ["check", str(path)], catch_exceptions=False)


def test_secrets_need_not_be_there_in_a_pipeline(tmp_path: Path) -> None:
    """Everything else is checked without them."""
    path = written(tmp_path, DEPLOYMENT, {"env": "NO_SUCH_VARIABLE"})

    result = CliRunner().invoke(
        command, ["check", "--without-secrets", str(path)], catch_exceptions=False
    )

    assert result.exit_code == 0
    assert "not read" in " ".join(result.output.split())


def test_what_is_printed_would_be_read_to_the_same_effect(tmp_path: Path) -> None:
    """As it is written, and with every default; the secret's place is shown, never the secret."""
    (tmp_path / "azure").write_text(KEY)
    path = written(tmp_path, DEPLOYMENT, {"file": "azure"})
    loaded = Settings.load(path).gateway

    for options in ([], ["--effective"]):
        shown = CliRunner().invoke(command, ["print", str(path), *options], catch_exceptions=False)
        again = tmp_path / "again.yaml"
        again.write_text(shown.output)

        assert shown.exit_code == 0
        assert Settings.load(again).gateway == loaded
        assert KEY not in shown.output
        assert ("max_in_flight: 512" in shown.output) is bool(options)


def test_a_webhook_is_shown_without_its_path(tmp_path: Path) -> None:
    """Whoever knows it can send there."""
    path = written(tmp_path, DEPLOYMENT, {"env": "AZURE_KEY"})
    config = yaml.safe_load(path.read_text())
    webhook = {"url": "https://hooks.example/T0/s3cret", "secret": {"env": "HOOK"}}
    path.write_text(yaml.safe_dump(config | {"webhook": webhook}))

    shown = CliRunner().invoke(command, ["print", str(path), "--json"], catch_exceptions=False)

    assert "hooks.example" in shown.output
    assert "s3cret" not in shown.output


def test_what_mcp_servers_are_told_is_shown_by_name_only(tmp_path: Path) -> None:
    """A header or a variable may have its value in the file itself; a place is no value."""
    path = written(tmp_path, DEPLOYMENT, {"env": "AZURE_KEY"})
    config = yaml.safe_load(path.read_text())
    headers = {"Authorization": "Bearer s3cret", "X-Key": {"env": "SERVER_KEY"}}
    servers = [
        {"id": "one", "url": "https://tools.example/mcp", "headers": headers},
        {"id": "two", "process": {"command": ["tool"], "env": {"TOKEN": "s3cret"}}},
    ]
    path.write_text(yaml.safe_dump(config | {"mcp": {"servers": servers}}))

    shown = CliRunner().invoke(command, ["print", str(path), "--json"], catch_exceptions=False)

    assert all(name in shown.output for name in ("Authorization", "TOKEN", "SERVER_KEY"))
    assert "s3cret" not in shown.output


@pytest.mark.parametrize("options", [[], ["--effective"], ["--effective", "--json"]])
def test_no_secret_is_printed_wherever_it_stands(tmp_path: Path, options: list[str]) -> None:
    """In a file, a variable, a program's arguments, an address, or in gateway.yaml itself."""
    for name in ("key", "url", "otlp", "hook"):
        (tmp_path / name).write_text("s3cret")
    program = {"command": ["/usr/local/bin/vault", "kv", "get", "-token=s3cret"]}
    servers = [
        {"id": "one", "url": "https://tools.example/mcp", "headers": {"X-Key": "s3cret"}},
        {"id": "two", "url": "https://tools.example/b", "headers": {"X-Key": program}},
        {"id": "three", "process": {"command": ["tool", "s3cret"], "env": {"TOKEN": "s3cret"}}},
    ]
    telemetry = {
        "endpoint": "https://otlp.example",
        "storage": ["DE"],
        "headers": {"authorization": {"file": "otlp"}},
    }
    path = written(tmp_path, DEPLOYMENT, program)
    config = yaml.safe_load(path.read_text()) | {
        "mcp": {"servers": servers},
        "telemetry": telemetry,
        "webhook": {"url": "https://hooks.example/s3cret", "secret": {"file": "hook"}},
        "state": {"store": "redis", "redis": {"url": {"file": "url"}}},
    }
    path.write_text(yaml.safe_dump(config))

    shown = CliRunner().invoke(command, ["print", str(path), *options], catch_exceptions=False)

    assert shown.exit_code == 0
    assert "/usr/local/bin/vault" in shown.output
    assert "s3cret" not in shown.output


def test_an_address_with_a_key_in_it_is_not_printed(tmp_path: Path) -> None:
    """`check` refuses it, and `print` does not wait for that."""
    path = written(tmp_path, DEPLOYMENT, {"env": "AZURE_KEY"})
    config = yaml.safe_load(path.read_text())
    config["deployments"][0]["base_url"] = "https://user:s3cret@eu.example/v1"
    path.write_text(yaml.safe_dump(config))

    shown = CliRunner().invoke(command, ["print", str(path)], catch_exceptions=False)

    assert shown.exit_code == 0
    assert "s3cret" not in shown.output
