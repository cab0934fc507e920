"""Folders and names of a log: durable before anything in them counts, and never given twice."""

from pathlib import Path

import pytest

from guardrail_gw.audit import segments
from guardrail_gw.audit.segments import make_folder, quarantine, segment_name


def test_a_new_folder_is_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder that holds a new name is synced; where nothing is new, none is."""
    synced: list[Path] = []
    monkeypatch.setattr(segments, "sync_directory", synced.append)

    make_folder(tmp_path / "a" / "b")
    first = set(synced)
    make_folder(tmp_path / "a" / "b")

    assert first == {tmp_path, tmp_path / "a"}
    assert len(synced) == 2
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_quarantine_never_gets_anothers_name(tmp_path: Path) -> None:
    """Also when an earlier one was taken to another place."""
    (tmp_path / "quarantine-1").mkdir()
    (tmp_path / segment_name(0)).write_bytes(b"x")
    first = quarantine(tmp_path)
    (tmp_path / segment_name(0)).write_bytes(b"x")

    second = quarantine(tmp_path)

    assert (first.name, second.name) == ("quarantine-0", "quarantine-2")
