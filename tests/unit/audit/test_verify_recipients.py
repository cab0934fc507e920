"""`verify` holds every epoch to the recipients that two governors have signed."""

from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.review import verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.keys import change
from guardrail_gw.keys.audit_keys import AuditKeys, load_audit_keys, load_public
from guardrail_gw.keys.generate import KeyFolders, make_origin
from tests.support.audit_world import SteadyClock, files, judged, pair
from tests.support.governed import NOW_US, added, governed, in_force, next_text


def _keys(folders: KeyFolders) -> AuditKeys:
    return load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)


def _write(log: Path, keys: AuditKeys) -> None:
    ledger = Ledger(log, keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()


def _judge(log: Path, folders: KeyFolders) -> tuple[Verdict, list[Code]]:
    report = judged(files(log), load_public(folders.public))
    return report.verdict, [finding.code for finding in report.findings]


@pytest.mark.parametrize("suite", [1, 2])
def test_a_change_of_recipients_verifies(tmp_path: Path, suite: int) -> None:
    """Epochs of the text before and after a change verify together, by either suite."""
    folders = governed(tmp_path / "keys", suite=suite)
    _write(tmp_path / "log", _keys(folders))
    in_force(folders, change.without(next_text(folders), "soc"))
    _write(tmp_path / "log", _keys(folders))

    assert _judge(tmp_path / "log", folders) == (Verdict.OK, [])


def test_fewer_readers_than_were_signed(tmp_path: Path) -> None:
    """A gateway that leaves one of the recipients out is found."""
    folders = governed(tmp_path / "keys")
    keys = _keys(folders)
    _write(tmp_path / "log", replace(keys, recipients=keys.recipients[:2]))

    report = _quiet(tmp_path / "log", folders)

    assert report == (
        Verdict.TAMPERED,
        [Code.RECIPIENTS_OTHER],
    )


def _quiet(log: Path, folders: KeyFolders) -> tuple[Verdict, list[Code]]:
    """Without the checker that travels with a log, which does not read the signed texts."""
    report = verify_directory(log, folders.public)
    return report.verdict, [finding.code for finding in report.findings]


def test_a_text_that_nobody_signed(tmp_path: Path) -> None:
    """An epoch that names another text of that number is found."""
    folders = governed(tmp_path / "keys")
    _write(tmp_path / "log", replace(_keys(folders), digest="0" * 64))

    assert _quiet(tmp_path / "log", folders) == (
        Verdict.TAMPERED,
        [Code.RECIPIENTS_UNSIGNED],
    )


def test_a_text_that_was_rolled_back(tmp_path: Path) -> None:
    """An epoch by an older text after one by a newer is found, by both checkers."""
    folders = governed(tmp_path / "keys")
    old = _keys(folders)
    added(folders)
    _write(tmp_path / "log", _keys(folders))
    _write(tmp_path / "log", old)

    assert _judge(tmp_path / "log", folders) == (
        Verdict.TAMPERED,
        [Code.RECIPIENTS_ROLLED_BACK],
    )


def test_a_log_of_an_earlier_origin_key(tmp_path: Path) -> None:
    """After the gateway's key was rotated, the old log verifies, and the new one beside it."""
    folders = governed(tmp_path / "keys")
    _write(tmp_path / "old", _keys(folders))
    new = make_origin(folders.gateway / "origin-next.key", "log.example.2")
    in_force(folders, change.with_origin(next_text(folders), new))
    _write(tmp_path / "new", _keys(folders))
    other = governed(tmp_path / "other")

    assert _quiet(tmp_path / "old", folders) == _quiet(tmp_path / "new", folders)
    assert _quiet(tmp_path / "old", folders) == (Verdict.OK, [])
    assert _quiet(tmp_path / "new", other)[0] is Verdict.UNVERIFIABLE


def test_groups_are_not_judged_without_their_text(tmp_path: Path) -> None:
    """From key files alone nobody knows who is of which group: pairs are enough then."""
    folders = governed(tmp_path / "keys")
    _write(tmp_path / "log", _keys(folders))
    alone = replace(load_public(folders.public), versions=())

    assert judged(files(tmp_path / "log"), alone).findings == ()


def test_one_recipient_is_too_few(tmp_path: Path) -> None:
    """An epoch without a text that is sealed to one alone is found: nobody could stand in."""
    folders = governed(tmp_path / "keys")
    keys = _keys(folders)
    _write(tmp_path / "log", replace(keys, recipients=keys.recipients[:1], serial=0, digest=""))

    assert _quiet(tmp_path / "log", folders) == (Verdict.TAMPERED, [Code.RECIPIENTS_QUORUM])
