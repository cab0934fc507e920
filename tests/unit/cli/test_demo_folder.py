"""What the demo leaves behind."""

from pathlib import Path

from click.testing import CliRunner

from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.cli.policy import command


def test_its_policies_keep_texts_and_pass_their_cases(tmp_path: Path) -> None:
    """It is the default policy but for the detail of records, in its cases as well."""
    prepare(tmp_path, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=0)
    policies = tmp_path / "policies"

    tested = CliRunner().invoke(command, ["test", str(policies)])

    assert tested.exit_code == 0, tested.output
    assert "detail: redacted" in (policies / "policy.yaml").read_text(encoding="utf-8")
