"""`guardrail-gw catalog`, as somebody who chooses or keeps providers runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.cli.catalog import command
from guardrail_gw.errors import ConfigError

LISTED = {
    "litellm_provider": "anthropic",
    "mode": "chat",
    "max_input_tokens": 200000,
    "input_cost_per_token": 4e-06,
    "output_cost_per_token": 1.6e-05,
}
AS_OF = ("--as-of", "2026-11-20", "--version", "9")


def run(*arguments: str | Path) -> Result:
    """What the command says, 80 columns wide."""
    given = [str(each) for each in arguments]
    return CliRunner(env={"COLUMNS": "80"}).invoke(command, given, catch_exceptions=True)


def told(*arguments: str | Path) -> Any:
    """What it says to machines."""
    result = run(*arguments, "--json")
    assert result.exit_code in (0, 1), result.exception
    return json.loads(result.stdout)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """A downloaded catalogue that says something else, and something new."""
    new = {**LISTED, "input_cost_per_token": 1e-06}
    gone = {**LISTED, "deprecation_date": "2026-11-20"}
    path = tmp_path / "prices.json"
    rows = {"claude-sonnet-4-5": LISTED, "claude-tiny": new, "claude-old": gone}
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "--provider", "bedrock"),
        ("list", "--can", "tools", "--takes", "image"),
        ("show", "bedrock"),
        ("show", "openai/gpt-4.1"),
        ("check",),
    ],
)
def test_every_table_fits_a_narrow_terminal(arguments: tuple[str, ...]) -> None:
    """No line is longer than 80 columns, and none is cut."""
    result = run(*arguments)

    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 3
    assert max(map(len, result.output.splitlines())) <= 80
    assert "…" not in result.output


def test_list_filters_providers_by_place() -> None:
    """`--within EU` asks what runs and stores there, `--region` for a name."""
    everywhere = {row["provider"] for row in told("list")}
    eu = {row["provider"] for row in told("list", "--within", "EU")}
    wider = {row["provider"] for row in told("list", "--within", "EEA+CH")}
    frankfurt = told("list", "--region", "eu-central-1")

    assert len(everywhere) >= 30
    assert eu == {"azure-openai", "bedrock", "dashscope", "scaleway", "vertex"}
    assert wider == eu | {"mistral", "openai"}
    assert {row["provider"]: row["regions"] for row in frankfurt} == {
        "bedrock": ["eu-central-1"],
        "dashscope": ["eu-central-1"],
    }


def test_list_filters_models() -> None:
    """By provider, name, ability and what they read; all of these must hold."""
    asked = ("--provider", "anthropic", "--model", "*sonnet*", "--can", "prefill", "--takes", "pdf")

    rows = told("list", *asked)

    assert {row["model"] for row in rows} == {"claude-sonnet-4-5", "claude-sonnet-4-5-20250929"}
    assert all("prefill" in row["can"] and "pdf" in row["takes"] for row in rows)
    assert rows[0]["price"]["input"] == "3"


def test_show_says_where_a_fact_was_read_and_when() -> None:
    """Each fact of a provider has its source and its age, and the unknown is said."""
    (shown,) = told("show", "scaleway")

    facts = {row["fact"].strip(): row for row in shown["facts"]}

    assert facts["terms"]["says"] == "runs in FR; stores in FR"
    assert facts["terms"]["source"].startswith("https://huggingface.co/")
    assert facts["terms"]["age_days"] > 180
    assert "whether it trains on requests" in shown["unknown"]


def test_show_says_what_is_done_to_parameters() -> None:
    """In one line for each entry, with its dialect, its reason and its source."""
    (shown,) = told("show", "vllm")

    (row,) = [row for row in shown["facts"] if row["fact"] == "parameters"]

    assert (
        row["says"] == "suffix refused (openai_completions: what follows the gap is not supported)"
    )
    assert row["source"].startswith("https://docs.vllm.ai/")


def test_show_finds_a_model_wherever_it_is_offered() -> None:
    """Under its name at every provider, or at one of them."""
    everywhere = [each["title"].split(" ")[0] for each in told("show", "gpt-4.1")]
    (one,) = told("show", "azure-openai/gpt-4.1")

    assert everywhere == ["azure-openai/gpt-4.1", "openai/gpt-4.1"]
    assert "MIT" in one["title"]
    assert "$2" in [row["says"] for row in one["facts"] if row["fact"] == "price input"]


def test_a_mistyped_name_is_suggested() -> None:
    """Neither a provider nor a model: the nearest one is said."""
    assert "did you mean 'mistral'" in str(run("show", "mistrall").exception)
    assert "did you mean 'groq'" in str(run("list", "--provider", "grok").exception)
    assert isinstance(run("list", "--within", "Europe").exception, ConfigError)


def test_what_is_shipped_has_no_fault() -> None:
    """Old facts are warned of, and only `--strict` minds."""
    remarks = told("check")

    assert {remark["grade"] for remark in remarks} <= {"warning"}
    assert run("check").exit_code == 0
    assert run("check", "--strict").exit_code == (1 if remarks else 0)


def test_a_folder_of_one_s_own_is_checked(tmp_path: Path) -> None:
    """A fault in it is exit code 1, and nothing is said of what is shipped."""
    folder = tmp_path / "own" / "providers"
    folder.mkdir(parents=True)
    text = (
        "provider: acme\nname: Acme\ndialects: [openai_chat]\nregions:\n  eu:\n"
        "    host: llm\\.acme\\.example\n    base_url: https://llm.acme.exampel/v1\n"
        "    inference: [FI]\n    storage: [FI]\n"
        '    source: https://acme.example/terms\n    verified_on: "2026-11-01"\n'
    )
    (folder / "acme.yaml").write_text(text, encoding="utf-8")

    result = run("check", folder.parent)

    assert result.exit_code == 1
    assert "does not belong to region" in " ".join(result.output.split())
    assert "scaleway" not in result.output


def test_update_shows_the_difference_and_changes_nothing(listed: Path) -> None:
    """Exit code 1 says that there is one; a new model is not taken unasked."""
    result = run("update", listed, *AS_OF)
    difference = told("update", listed, *AS_OF)

    assert result.exit_code == 1
    assert "$" not in result.output
    fields = {row["field"]: (row["before"], row["after"]) for row in difference["differences"]}
    assert fields["price.input"] == ("3", "4")
    assert fields["price.cached_input"] == ("0.3", "")
    assert {row["model"] for row in difference["differences"]} == {"claude-sonnet-4-5"}
    assert difference["licence"] == "MIT"


def test_update_round_trip(listed: Path, tmp_path: Path) -> None:
    """What is written into a folder of one's own is what is known from then on."""
    own = tmp_path / "own"
    asked = ("update", listed, *AS_OF, "--add", "claude-*", "--into", own)

    written = run(*asked, "--write")
    again = run(*asked)
    (shown,) = told("show", "anthropic/claude-tiny", "--catalog", own)
    (kept,) = told("show", "anthropic/claude-opus-5", "--catalog", own)

    assert (written.exit_code, again.exit_code) == (0, 0)
    assert sorted(p.name for p in own.rglob("*.json")) == ["anthropic.json"]
    assert "0 differences to litellm-9" in again.output
    assert {"fact": "price input", "says": "$1"}.items() <= shown["facts"][3].items()
    assert "litellm-1.109.1" in kept["title"]
    assert run("check", own).exit_code == 0
    assert run("show", "anthropic/claude-old", "--catalog", own).exit_code == 1


def test_something_older_is_left_out(listed: Path) -> None:
    """A file from before what is known replaces nothing."""
    difference = told("update", listed, "--as-of", "2026-11-01", "--add", "*")

    assert {row["model"] for row in difference["differences"]} == {"claude-tiny", "claude-old"}
    assert difference["newer_known"] == 1


def test_update_writes_only_where_it_is_told(listed: Path, tmp_path: Path) -> None:
    """Without a folder nothing is written, and a file that is no catalogue is refused."""
    odd = tmp_path / "odd.json"
    odd.write_text("{}", encoding="utf-8")

    nowhere = run("update", listed, *AS_OF, "--write")

    assert nowhere.exit_code == 2
    assert "--write needs --into" in nowhere.output
    assert isinstance(run("update", odd, *AS_OF).exception, ConfigError)
