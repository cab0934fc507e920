"""Signing, activating and asking, as two people and an operator do it."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from guardrail_gw.cli import policy_bundle
from guardrail_gw.cli.keys import command as keys
from guardrail_gw.cli.policy import command
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

CASES = """apiVersion: guardrail-gw/v1
kind: PolicyCases
cases:
  - name: A name is replaced
    given: {found: [PERSON]}
    expect: {decision: allow, actions: {PERSON: token}}
"""


def run(*arguments: str | Path) -> Result:
    """A `policy` command."""
    return CliRunner().invoke(command, [str(a) for a in arguments], env={"COLUMNS": "200"})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two people's keys, policies with a case, and a gateway that demands signatures."""
    lines = [
        CliRunner()
        .invoke(keys, ["signer", name, "--unprotected", "--out", str(tmp_path / f"{name}.key")])
        .output
        for name in ("anna", "ben")
    ]
    (tmp_path / "signers.vkey").write_text("".join(lines), encoding="ascii")
    (tmp_path / "new").mkdir()
    write_policies(tmp_path / "new", base=policy_text())
    (tmp_path / "new" / "cases.yaml").write_text(CASES, encoding="utf-8")
    deployment = {
        "id": "local",
        "provider": "mistral",
        "model": "m",
        "region": "eu",
    }
    config = {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
        "policies": "in-force",
        "policy_signing": {
            "bundle": "production",
            "signers": "signers.vkey",
            "state": "serial.json",
        },
        "audit": {"directory": "log", "keys": "keys", "public": "public"},
        "models": [{"name": "m", "deployments": ["local"]}],
        "deployments": [deployment],
    }
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return tmp_path


def signed(place: Path, *names: str, more: tuple[str, ...] = ()) -> Result:
    """The policies signed by these people."""
    given = [part for name in names for part in ("--key", str(place / f"{name}.key"))]
    return run("sign", place / "new", *given, "--config", place / "gateway.yaml", *more)


def test_two_signatures_put_policies_where_the_gateway_reads(place: Path) -> None:
    """One signature is told to be too few and refused; with the second they are activated."""
    one = signed(place, "anna")
    too_early = run("activate", place / "new", "--config", place / "gateway.yaml")
    two = signed(place, "ben")
    done = run("activate", place / "new", "--config", place / "gateway.yaml")

    assert (one.exit_code, two.exit_code, done.exit_code) == (1, 0, 0)
    assert "1 more must sign" in one.output
    assert "signed by anna, ben" in two.output
    assert isinstance(too_early.exception, ConfigError)
    in_force = load_set(place / "in-force", vocabulary()).digest
    assert in_force == load_set(place / "new", vocabulary()).digest


def test_a_changed_folder_gets_the_next_serial(place: Path) -> None:
    """What was signed before does not count for other words, and the serial goes up by itself."""
    signed(place, "anna", "ben")
    write_policies(place / "new", base=policy_text() + "# two\n")

    again = signed(place, "anna")

    assert again.exit_code == 1
    assert "production, serial 2" in again.output
    assert "signed by anna\n" in again.output


def test_a_bundle_needs_a_name(place: Path) -> None:
    """A name that no configuration could have is wrong use, and nothing is written."""
    result = signed(place, "anna", more=("--bundle", "Not A Name"))

    assert result.exit_code == 2
    assert not (place / "new" / "bundle.json").exists()


def test_policies_whose_cases_fail_are_not_signed(place: Path) -> None:
    """Nobody signs what does not do what it says."""
    cases = CASES.replace("PERSON: token", "PERSON: block")
    (place / "new" / "cases.yaml").write_text(cases, encoding="utf-8")

    result = signed(place, "anna")

    assert isinstance(result.exception, ConfigError)
    assert "1 of its cases do not hold" in str(result.exception)
    assert not (place / "new" / "bundle.json").exists()


def test_status_says_what_lies_there_and_what_is_in_force(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order: exit 0. Another digest in force, or a folder that is refused: exit 1, and why."""
    signed(place, "anna", "ben")
    run("activate", place / "new", "--config", place / "gateway.yaml")
    asked = ("status", "--config", place / "gateway.yaml", "--json")
    digest = load_set(place / "new", vocabulary()).digest
    told = {"policy_digest": digest, "policy_serial": 1}
    monkeypatch.setattr(policy_bundle, "readiness", lambda _: told)

    good = run(*asked, "--url", "http://gateway")
    told["policy_digest"] = "sha256:other"
    other = run(*asked, "--url", "http://gateway")
    (place / "serial.json").write_text('{"serial": 9, "digest": ""}', encoding="ascii")
    old = run(*asked)

    assert (good.exit_code, other.exit_code, old.exit_code) == (0, 1, 1)
    assert json.loads(good.stdout) == {
        "folder": str(place / "in-force"),
        "digest": digest,
        "bundle": "production",
        "serial": 1,
        "signers": ["anna", "ben"],
        "refused": None,
        "remembered_serial": 0,
        "in_force": digest,
        "in_force_serial": 1,
        "in_order": True,
    }
    assert "rolled back" in json.loads(old.stdout)["refused"]


def test_where_no_gateway_is_that_is_said(place: Path) -> None:
    """An address at which nothing listens is an error, and one that is none is wrong use."""
    nobody = run("status", "--config", place / "gateway.yaml", "--url", "http://127.0.0.1:9")
    none = run("status", "--config", place / "gateway.yaml", "--url", "gateway")

    assert "no gateway answers" in str(nobody.exception)
    assert none.exit_code == 2
