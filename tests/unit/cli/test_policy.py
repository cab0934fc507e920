"""`policy lint` and `policy explain` on values that pass and on source code."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from guardrail_gw.cli.policy import command
from tests.support.policies import policy_text, write_policies

CODE = "```python\ngreet('Robert Miller')\n```\n"
CONTENT = f"Anna Schmidt wrote to help@acme.example and leo@acme.example.\n{CODE}"
ALLOWED = "pii: {{default: {{action: token, allow_values: [help@acme.example]}}, code: {}}}"


def printed(*arguments: str, code: int = 0) -> Any:
    """What the command prints for machines."""
    result = CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def request(folder: Path, content: str = CONTENT) -> str:
    """A request to be explained."""
    path = folder / "request.json"
    body = {"model": "m", "messages": [{"role": "user", "content": content}]}
    path.write_text(json.dumps(body), encoding="utf-8")
    return str(path)


def policies(folder: Path, code: str = "checked") -> str:
    """A policy folder that lets one address pass."""
    (folder / "policies").mkdir()
    write_policies(folder / "policies", base=policy_text("base", ALLOWED.format(code)))
    return str(folder / "policies")


def test_an_explanation_says_what_was_let_pass(tmp_path: Path) -> None:
    """Of two addresses the policy names one; of two names one stands in code."""
    told = printed("explain", request(tmp_path), "--policies", policies(tmp_path))

    found = {each["subject"]: each for each in told["entities"]}
    (address,), (name,) = found["EMAIL_ADDRESS"]["passed"], found["PERSON"]["passed"]
    assert (address["count"], address["rules"]) == (1, ["base/pii.default.allow_values"])
    assert (name["count"], name["rules"]) == (1, ["base/pii.code"])
    assert (found["PERSON"]["said"], told["source_code"]["said"]) == ("token", "checked")
    assert "acme" not in json.dumps(told)


@pytest.mark.parametrize(("code", "said"), [("checked", "nothing"), ("scan", "token")])
def test_an_explanation_reads_code_as_the_policy_says(tmp_path: Path, code: str, said: str) -> None:
    """A name that stands in code alone is replaced with `code: scan` only."""
    path = request(tmp_path, f"What does this do?\n{CODE}")

    told = printed("explain", path, "--policies", policies(tmp_path, code))

    assert [(e["subject"], e["said"]) for e in told["entities"]] == [("PERSON", said)]


def test_people_are_shown_what_was_let_pass(tmp_path: Path) -> None:
    """The table has a row for it, with the line that does it."""
    arguments = ["explain", request(tmp_path), "--policies", policies(tmp_path)]

    shown = CliRunner(env={"COLUMNS": "200"}).invoke(command, arguments).stdout

    (row,) = [line for line in shown.splitlines() if "base/pii.default.allow_values" in line]
    assert "1 let pass" in row
    assert "allow_values names this value" in row


def test_the_linter_asks_the_detectors(tmp_path: Path) -> None:
    """An e-mail address with a name around it is never found so, and the entry is told."""
    line = "{action: token, allow_values: ['Help <help@acme.example>', help@acme.example]}"
    spec = f"pii: {{default: {{action: token}}, entities: {{EMAIL_ADDRESS: {line}}}}}"
    write_policies(tmp_path, base=policy_text("base", spec))

    (remark,) = printed("lint", str(tmp_path))

    assert (remark["level"], remark["rule"]) == (
        "warning",
        "base/pii.EMAIL_ADDRESS.allow_values",
    )
    assert remark["message"].startswith("entry 1 is found as a whole by nothing")


NIGHT = """\
when: 'model == "m" && key == "batch" && time.hour >= 18'
zone: Europe/Berlin
pii: {entities: {PERSON: {action: block}}}
"""


def conditional(folder: Path) -> str:
    """A policy folder with a condition."""
    path = policies(folder)
    write_policies(Path(path), night=policy_text("night", NIGHT))
    return path


@pytest.mark.parametrize(
    ("at", "key", "judged", "code"),
    [
        ("2026-11-26T19:30+01:00", "batch", "holds", 1),
        ("2026-11-26T19:30+01:00", "chat", "fails", 0),
        ("2026-11-26T12:00:00Z", "batch", "fails", 0),
    ],
)
def test_an_explanation_judges_conditions(
    tmp_path: Path, at: str, key: str, judged: str, code: int
) -> None:
    """Key and moment are options, the model is the request's; what `when` comes to is told."""
    options = ["--policies", conditional(tmp_path), "--at", at, "--key", key]

    told = printed("explain", request(tmp_path, "Anna Schmidt"), *options, code=code)

    assert [(d["document"], d["condition"]) for d in told["documents"]] == [
        ("base", None),
        ("night", judged),
    ]


def test_a_moment_needs_its_zone(tmp_path: Path) -> None:
    """An hour that could be anywhere is refused."""
    options = ["--policies", conditional(tmp_path), "--at", "2026-11-26T19:30"]

    result = CliRunner().invoke(command, ["explain", request(tmp_path), *options])

    assert result.exit_code == 2
    assert "with their zone" in result.output


def test_people_read_why_a_condition_counts(tmp_path: Path) -> None:
    """The table names the policy, and its condition in words."""
    path = conditional(tmp_path)
    write_policies(Path(path), odd=policy_text("odd", "when: user in [team]"))

    result = CliRunner().invoke(
        command, ["explain", request(tmp_path), "--policies", path, "--user", "x"]
    )

    assert "`when` does not hold: model" in " ".join(result.output.replace("│", " ").split())
    assert "user in [team]" in result.output
