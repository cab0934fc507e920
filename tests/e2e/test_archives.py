"""Wheel and source archive: the same bytes from the same files, and each whole."""

import compileall
import os
import py_compile
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.support.archives import made_by

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]


def test_the_wheel_is_the_same_bytes_again(tmp_path: Path) -> None:
    """Two builds of one checkout are one wheel; its files have one time."""
    first = made_by("wheel", ROOT, tmp_path / "a")
    second = made_by("wheel", ROOT, tmp_path / "b")

    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert len({entry.date_time for entry in archive.infolist()}) == 1


def test_the_source_archive_makes_the_same_wheel(tmp_path: Path) -> None:
    """Unpacked elsewhere, it has all that the wheel is made of, and what is deployed."""
    archive = made_by("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "unpacked", filter="data")
    source = next((tmp_path / "unpacked").iterdir())

    again = made_by("wheel", source, tmp_path / "again")

    assert again.read_bytes() == made_by("wheel", ROOT, tmp_path / "wheel").read_bytes()
    assert (source / "deploy" / "image" / "Dockerfile").exists()
    assert (source / "requirements.lock").exists()


def test_bytecode_by_content_is_the_same_bytes_again(tmp_path: Path) -> None:
    """As the image compiles it, it does not know when it was made."""
    source = tmp_path / "a.py"
    source.write_text("VALUE = {1, 2, 3}\n")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    made = []
    for time in (1, 2_000_000_000):
        os.utime(source, (time, time))
        compileall.compile_file(source, quiet=1, force=True, invalidation_mode=mode)
        made.append(next((tmp_path / "__pycache__").iterdir()).read_bytes())

    assert made[0] == made[1]
