"""ARCHITECTURE.md numbers the invariants, and each names tests that exist."""

import re

from tests.house.sources import ROOT, functions_of

REFERENCE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
INVARIANT = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
HOW_MANY = 12


def test_invariants_are_numbered_and_each_is_held_by_a_test() -> None:
    """The invariants are 1 to 12 in order, and none is without a test."""
    numbers = [int(number) for number, _, _ in invariants()]

    assert numbers == list(range(1, HOW_MANY + 1))
    assert [number for number, _, body in invariants() if not REFERENCE.search(body)] == []


def test_every_test_named_in_a_document_exists() -> None:
    """A test that was renamed or removed is missed at every place that relies on it."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("compliance/*.yaml")]
    missing = [
        f"{page.relative_to(ROOT)}: {path}::{name}"
        for page in pages
        for path, name in REFERENCE.findall(page.read_text(encoding="utf-8"))
        if name not in functions_of(path)
    ]

    assert missing == []


def invariants() -> list[tuple[str, str, str]]:
    """Number, title and text of each."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    part = text.split("## Invariants", 1)[1].split("\n## ", 1)[0]
    found = list(INVARIANT.finditer(part))
    ends = [match.start() for match in found[1:]] + [len(part)]
    return [(m[1], m[2], part[m.end() : end]) for m, end in zip(found, ends, strict=True)]
