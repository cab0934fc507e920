"""`policy diff` as people and pipelines see it."""

import json
from pathlib import Path

from click.testing import CliRunner

from guardrail_gw.cli.policy import command
from tests.support.policies import policy_text, write_policies


def folders(tmp_path: Path, before: str, after: str) -> list[str]:
    """Two folders with one policy each."""
    for name, action in (("before", before), ("after", after)):
        (tmp_path / name).mkdir()
        spec = f"pii: {{default: {{action: token}}, entities: {{IBAN_CODE: {{action: {action}}}}}}}"
        write_policies(tmp_path / name, base=policy_text("base", spec))
    return [str(tmp_path / "before"), str(tmp_path / "after")]


def test_what_narrows_is_said_and_passes(tmp_path: Path) -> None:
    """A stricter folder is exit 0, in words."""
    result = CliRunner().invoke(command, ["diff", *folders(tmp_path, "mask", "block")])

    assert result.exit_code == 0
    for word in ("IBAN_CODE", "everyone", "mask", "block", "narrows", "0 let more pass"):
        assert word in result.output


def test_what_widens_fails_a_pipeline(tmp_path: Path) -> None:
    """A folder that lets more pass is exit 1, and machines read why."""
    result = CliRunner().invoke(command, ["diff", "--json", *folders(tmp_path, "block", "mask")])

    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "subject": "IBAN_CODE",
            "before": "block",
            "after": "mask",
            "way": "widens",
            "callers": [[]],
            "when": None,
        }
    ]


def test_the_same_decides_the_same(tmp_path: Path) -> None:
    """Two folders that say the same have no difference."""
    result = CliRunner().invoke(command, ["diff", *folders(tmp_path, "mask", "mask")])

    assert (result.exit_code, result.output) == (0, "Nothing is decided differently.\n")
