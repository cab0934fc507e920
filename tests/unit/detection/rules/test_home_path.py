"""Paths of home folders: whole, as far as they go and no farther."""

import pytest

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.home_path import SYSTEM_NAMES, find

HOME, MAC = "/home", "/Users"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"see {HOME}/aschmidt/a.txt and b.txt", f"{HOME}/aschmidt/a.txt"),
        (f"see {HOME}/aschmidt/new copy.py now", f"{HOME}/aschmidt/new copy.py"),
        (f"cd {HOME}/aschmidt/x; ls", f"{HOME}/aschmidt/x"),
        (f'open("{HOME}/aschmidt/my notes/x")', f"{HOME}/aschmidt/my notes/x"),
        (f"({MAC}/aschmidt/x.py:25)", f"{MAC}/aschmidt/x.py:25"),
        ("in C:\\Users\\Anna Maria Schmidt\\a.txt.", "C:\\Users\\Anna Maria Schmidt\\a.txt"),
        ('"C:\\\\Users\\\\aschmidt\\\\my x.txt"', "C:\\\\Users\\\\aschmidt\\\\my x.txt"),
        ("cat ~aschmidt/x.txt", "~aschmidt/x.txt"),
    ],
)
def test_a_path_is_found_whole(text: str, path: str) -> None:
    """Through blanks in quotes or before a file's extension, without what closes a sentence."""
    assert [text[found.start : found.end] for found in find(text)] == [path]


@pytest.mark.parametrize("form", ["/home/{}/x", "/Users/{}/x.py", "C:\\Users\\{}\\x", "~{}/x"])
def test_an_account_of_a_system_is_nobodys(form: str) -> None:
    """Nothing is found in the folders of accounts that systems, images and examples have."""
    assert [name for name in sorted(SYSTEM_NAMES) if list(find(form.format(name)))] == []


def test_a_path_counts_in_source() -> None:
    """A path in a program names its author all the same."""
    engine = Engine(rules=RULES, names=None)
    text = f'```python\npath = "{HOME}/aschmidt/data/x.csv"\n```'

    (found,) = engine.scan([(text, SegmentKind.PROSE)])

    assert [(f.entity, text[f.start : f.end]) for f in found] == [
        ("HOME_PATH", f"{HOME}/aschmidt/data/x.csv")
    ]
