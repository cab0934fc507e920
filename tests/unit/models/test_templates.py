"""The training templates: every language has some, and none of them is the test's."""

import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
TEMPLATES = REPOSITORY / "models" / "recipe" / "templates"
TEST_SET = REPOSITORY / ".." / "shared" / "data" / "pii" / "templates" / "templates.txt"

ALIKE = 0.8
"""From this share of common characters on two sentences count as one."""
SENTENCE = 16
"""Letters beside the slots that make a line a sentence; shorter ones are alike by chance."""

OFFICIAL = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"


def words(line: str) -> str:
    """The words of a template without its slots, in small letters."""
    plain = re.sub(r"\{\{?@?\w+\}?\}|\\n", " ", line)
    return " ".join(re.findall(r"[a-z']+", plain.lower()))


def alike(left: str, right: str) -> bool:
    """True if two sentences are the same but for a few characters."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
    return all(bound() >= ALIKE for bound in bounds)


def test_every_official_language_has_templates() -> None:
    """Each of the 24 official languages of the European Union has sentences of its own."""
    for lang in OFFICIAL.split():
        text = (TEMPLATES / f"{lang}.txt").read_text(encoding="utf-8")
        assert text.startswith("# sentence\n")
        assert "{{person}}" in text


@pytest.mark.skipif(not TEST_SET.exists(), reason="the test's templates are not on this machine")
def test_no_template_is_one_of_the_test_set() -> None:
    """No English sentence of ours equals, or nearly equals, a template of presidio-synth-v2."""
    theirs = {words(line) for line in TEST_SET.read_text(encoding="utf-8").splitlines()}
    theirs = {line for line in theirs if len(line) >= SENTENCE}

    ours = {words(line) for line in (TEMPLATES / "en.txt").read_text("utf-8").splitlines()}
    copied = [
        line for line in ours if len(line) >= SENTENCE and any(alike(line, one) for one in theirs)
    ]

    assert copied == []
