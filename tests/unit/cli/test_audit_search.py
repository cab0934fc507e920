"""`guardrail-gw audit search`, as an auditor runs it."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.access import accesses
from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.audit.facts import intent_allowed
from guardrail_gw.cli.audit import command
from guardrail_gw.core.kept import Kept, Recall
from tests.support.audit_world import SteadyClock, World, inbound, outcome, placed, policy, world
from tests.support.review_index import march


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The log of March."""
    return march(world(tmp_path_factory.mktemp("march")))


def _run(logged: World, *arguments: str, log: Path | None = None) -> Result:
    key = logged.home / "keys" / "auditors" / "auditor.key"
    where = ["--key", str(key), "--index", str(logged.home / "index.sqlite")]
    return CliRunner().invoke(command, ["search", str(log or logged.log), *where, *arguments])


def _rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_table_for_a_person(logged: World) -> None:
    """Who, what was found, where it went; how many match; what verification says."""
    told = _run(logged, "--subject", "carla.rossi")

    assert told.exit_code == 0
    assert "carla.rossi" in told.output
    assert "2 of 2 that match; the log is ok" in told.output


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--request", "0195-0001"], 1),
        (["--provider-request-id", "prov-2"], 1),
        (["--provider", "mistral", "--jurisdiction", "EU"], 2),
        (["--team", "research", "--since", "2026-03-02", "--until", "2026-03-04"], 3),
        (["--refused", "--entity", "CREDENTIAL"], 2),
        (["--code", "residency.no_lawful_upstream"], 1),
        (["--limit", "3"], 3),
    ],
)
def test_lines_for_machines(logged: World, options: list[str], count: int) -> None:
    """One object per exchange; all options narrow."""
    result = _run(logged, "--json", *options)

    assert len(_rows(result)) == count


def test_nothing_matches(logged: World) -> None:
    """Exit code 1 says so to a script."""
    assert _run(logged, "--session", "none").exit_code == 1


def test_a_conversation_is_found(tmp_path: Path) -> None:
    """All that goes on from what a provider keeps is found by the id that the client named."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    for number, name in enumerate(("conv_7", "conv_7", "conv_8")):
        asked = inbound(number)
        recall = Recall(kind=Kept.CONVERSATION, id=name, place="/conversation")
        going_on = replace(asked, question=replace(asked.question, recall=recall))
        ledger.append([[intent_allowed(going_on, placed(going_on), policy()), outcome()]])
    ledger.close()

    found = _rows(_run(made, "--json", "--session", "conv_7"))

    assert [row["index"] for row in found] == [3, 1]


def test_a_search_is_written_down(logged: World) -> None:
    """With the records that were found, in the file beside the log."""
    _run(logged, "--request", "0195-0001")

    (*_, last) = accesses(logged.home / "log.access")
    assert (last.act, last.intact, last.asked) == ("search", True, {"request": "0195-0001"})
    assert last.records == ((1, 2),)


def test_an_archive_is_searched_as_it_is(logged: World, tmp_path: Path) -> None:
    """What `audit bundle` wrote needs no unpacking, and leaves nothing unpacked behind."""
    archive = tmp_path / "log.zip"
    write_bundle(logged.log, logged.public_folder, archive)
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("../outside.seg", b"x")
        more.writestr("log/notes.txt", b"x")

    result = _run(logged, "--json", "--request", "0195-0001", log=archive)

    assert len(_rows(result)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.zip", "log.zip.access"]


def test_what_is_no_archive_is_said(logged: World, tmp_path: Path) -> None:
    """A file of another kind is wrong use, and no crash."""
    (tmp_path / "notes").write_text("x")

    result = _run(logged, log=tmp_path / "notes")

    assert result.exit_code == 2
    assert "neither a folder nor a zip archive" in result.output


def test_another_auditors_key_opens_nothing(logged: World, tmp_path: Path) -> None:
    """Neither the log nor the index that somebody else made of it."""
    other = world(tmp_path)
    key = other.home / "keys" / "auditors" / "auditor.key"

    result = CliRunner().invoke(
        command,
        ["search", str(logged.log), "--key", str(key), "--index", str(tmp_path / "index")],
    )

    assert result.exit_code != 0
    assert "none of these keys opens this log" in str(result.exception)


def test_an_index_of_a_log_that_cannot_be_verified_is_no_answer(
    logged: World, tmp_path: Path
) -> None:
    """What was entered earlier is still shown, and the exit code says that it may be wrong."""
    index = tmp_path / "index"
    other = world(tmp_path, name="other.example").public_folder

    before = _run(logged, "--index", str(index), "--request", "0195-0001")
    after = _run(logged, "--index", str(index), "--request", "0195-0001", "--public", str(other))

    assert (before.exit_code, after.exit_code) == (0, 3)
    assert "unverifiable" in after.output
