"""`guardrail-gw inject`, as somebody who deploys runs it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail_gw.cli.inject import command
from guardrail_gw.errors import ConfigError
from guardrail_gw.inject.text import injected
from tests.support.manifests import DEPLOYMENT, IMAGE, sidecar

VALUES = f"image: {IMAGE}\ndurability: remote\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A manifest and values."""
    (tmp_path / "deploy.yaml").write_text(DEPLOYMENT)
    (tmp_path / "sidecar.yaml").write_text(VALUES)
    return tmp_path


def test_a_file_goes_in_and_comes_out(folder: Path) -> None:
    """To standard output; who got a sidecar is said beside it."""
    done = CliRunner().invoke(
        command, ["-f", str(folder / "deploy.yaml"), "--values", str(folder / "sidecar.yaml")]
    )

    assert done.exit_code == 0
    assert done.stdout == injected(DEPLOYMENT, sidecar()).text
    assert done.stderr == "Deployment assistant: has the sidecar\n"


def test_standard_input_and_a_file_in_its_own_place(folder: Path) -> None:
    """`-` reads what is piped; `-o` may name the file that was read."""
    there, values = str(folder / "deploy.yaml"), str(folder / "sidecar.yaml")

    CliRunner().invoke(command, ["-f", there, "--values", values, "-o", there])
    piped = CliRunner().invoke(command, ["-f", "-", "--values", values], input=DEPLOYMENT)

    assert piped.stdout == (folder / "deploy.yaml").read_text()


def test_a_refused_workload_leaves_its_file_alone(folder: Path) -> None:
    """Nothing is written when one of several cannot have a sidecar."""
    text = DEPLOYMENT + "---\n" + DEPLOYMENT.replace("      # Streams", "      hostPID: true\n#")
    (folder / "deploy.yaml").write_text(text)
    there = str(folder / "deploy.yaml")

    done = CliRunner().invoke(
        command, ["-f", there, "--values", str(folder / "sidecar.yaml"), "-o", there]
    )

    assert isinstance(done.exception, ConfigError)
    assert "inject.shared_namespace" in str(done.exception)
    assert (folder / "deploy.yaml").read_text() == text


def test_wrong_values_are_pointed_at(folder: Path) -> None:
    """File, line, field, and the spelling that is near."""
    (folder / "sidecar.yaml").write_text(VALUES + "probeport: 1\n")

    done = CliRunner().invoke(
        command, ["-f", str(folder / "deploy.yaml"), "--values", str(folder / "sidecar.yaml")]
    )

    assert "sidecar.yaml:3" in str(done.exception)
    assert "probePort" in str(done.exception)


def test_the_configuration_is_compared(folder: Path) -> None:
    """A gateway.yaml that listens elsewhere stops it."""
    (folder / "gateway.yaml").write_text("kind: Gateway\nlisten: {port: 1}\n")
    given = ["-f", str(folder / "deploy.yaml"), "--values", str(folder / "sidecar.yaml")]

    done = CliRunner().invoke(command, [*given, "--config", str(folder / "gateway.yaml")])

    assert "inject.config_disagrees" in str(done.exception)
    assert done.stdout == ""
