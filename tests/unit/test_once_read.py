"""Files that only a start reads: a change of one is noticed once, by the name that it has."""

import json
from pathlib import Path

import pytest
import yaml

from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.once_read import OnceRead
from guardrail_gw.settings import Settings

pytestmark = pytest.mark.allow_blocking
SERVER = {"id": "crm", "url": "http://127.0.0.1:9/mcp", "storage": ["DE"], "inference": ["DE"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A gateway.yaml with secrets in many places, each in a file of its own."""
    path = prepare(tmp_path, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=0)
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name in ("token", "hook", "otlp", "signers", "provider", "clients.yaml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "clients.yaml").write_text("keys: []", encoding="utf-8")
    config["access"] = {"keys_file": "clients.yaml"}
    config["credentials"] = {"shared": {"file": "provider"}}
    config["webhook"] = {"url": "https://hooks.example.org/b", "secret": {"file": "hook"}}
    config["telemetry"] = {
        "endpoint": "https://otlp.example.org",
        "storage": ["DE"],
        "headers": {"authorization": {"file": "otlp"}},
    }
    headers = {"authorization": {"file": "token"}, "x-plain": "as it is"}
    config["mcp"] = {"servers": [SERVER | {"headers": headers}]}
    config["policy_signing"] = {"bundle": "b", "signers": "signers", "state": "state"}
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def test_each_is_known_by_what_names_it(path: Path) -> None:
    """Those that are read anew by themselves are not among them, and what is no file neither."""
    once = OnceRead.of(Settings.load(path))

    assert {what: file.name for what, file in once.files.items()} == {
        "gateway.yaml": "gateway.yaml",
        "mcp.servers.crm.headers.authorization": "token",
        "policy_signing.signers": "signers",
        "telemetry.headers.authorization": "otlp",
        "webhook.secret": "hook",
    }


def test_a_change_is_told_once_and_again_when_it_was_taken_back(path: Path) -> None:
    """A file that is only touched, or written with the same bytes, has not changed."""
    once = OnceRead.of(Settings.load(path))
    text = path.read_text(encoding="utf-8")
    token = path.parent / "token"
    token.write_text("token", encoding="utf-8")
    told = [once.changed()]
    for change in (
        lambda: (path.write_text(text + " "), token.write_text("another")),
        lambda: None,
        lambda: path.write_text(text),
        lambda: path.write_text(text + "\n"),
        token.unlink,
    ):
        change()
        told.append(once.changed())

    header = "mcp.servers.crm.headers.authorization"
    assert told == [[], ["gateway.yaml", header], [], [], ["gateway.yaml"], []]


def test_what_was_read_counts_and_not_what_lies_there_when_it_is_looked_at(path: Path) -> None:
    """A configuration that changed while the gateway started is another one."""
    settings = Settings.load(path)
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    once = OnceRead.of(settings)

    assert [once.changed(), once.changed()] == [["gateway.yaml"], []]
