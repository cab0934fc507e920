"""Stand-ins for modules that libraries import and nobody needs."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrail_gw.core.spared import Absent, spared

LIBRARY = """
import xml.dom.pulldom
from wave import Error, open as opened

class Own(Error):
    pass

def read(place):
    return opened(place)
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that imports two others, of which nobody has any yet."""
    (tmp_path / "takes_much.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("wave", "xml.dom.pulldom", "takes_much"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield "takes_much"
    sys.modules.pop("takes_much", None)


def test_what_is_spared_is_not_imported_and_can_be_later(library: str) -> None:
    """The library is there; the module itself is whoever's who imports it afterwards."""
    with spared({"wave": {}, "xml.dom.pulldom": {}}):
        importlib.import_module(library)
    after = {"wave", "xml.dom.pulldom"} & sys.modules.keys()

    assert after == set()
    assert issubclass(importlib.import_module("wave").Error, Exception)
    assert importlib.import_module("xml.dom.pulldom").PullDOM


def test_whoever_uses_what_was_spared_is_told(library: str) -> None:
    """It may be derived from; calling it, and making one, say what is missing."""
    with spared({"wave": {}, "xml.dom.pulldom": {}}):
        loaded = importlib.import_module(library)

    assert issubclass(loaded.Own, Absent)
    with pytest.raises(RuntimeError, match="not loaded"):
        loaded.read("a place")
    with pytest.raises(RuntimeError, match="not loaded"):
        loaded.Own()


def test_what_is_used_nevertheless_is_what_was_given(library: str) -> None:
    """Of a stand-in, what somebody calls does what it is there for."""
    with spared({"wave": {"open": str.upper}, "xml.dom.pulldom": {}}):
        loaded = importlib.import_module(library)

    assert loaded.read("a place") == "A PLACE"


def test_a_module_that_is_there_already_stays(library: str) -> None:
    """Somebody uses it."""
    wave = importlib.import_module("wave")
    with spared({"wave": {}, "xml.dom.pulldom": {}}):
        loaded = importlib.import_module(library)

    assert sys.modules["wave"] is wave
    assert loaded.Own.__base__ is wave.Error


def test_one_that_is_as_not_installed_cannot_be_imported_until_later() -> None:
    """A library that can do without it does."""
    sys.modules.pop("wave", None)
    with spared({"wave": None}), pytest.raises(ImportError):
        importlib.import_module("wave")

    assert importlib.import_module("wave").Error
