"""How sources look, where no other tool checks it."""

import ast
import re

import pytest

from tests.house.sources import PACKAGE, ROOT, files, syntax

MAX_LINES = 450
MACHINE_PATH = re.compile(r"(?<![\w.:/~>\}-])/(?:home|Users|root|work|workspace|mnt|private)/\w")
BARE_NOQA = re.compile(r"#\s*noqa(?!: [A-Z]+\d+(?:, ?[A-Z]+\d+)* - \S)", re.IGNORECASE)
BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[[a-z, -]+\].* [-#] \S)")


def test_no_source_file_is_long() -> None:
    """A file past the bound has a second concern."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files(".py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
        and path.is_relative_to(PACKAGE)
    }

    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    """Packages and modules of the product have a docstring."""
    silent = [
        str(path.relative_to(ROOT))
        for path in files(".py")
        if path.is_relative_to(PACKAGE) and not ast.get_docstring(syntax(path))
    ]

    assert silent == []


def test_every_folder_of_sources_is_a_package() -> None:
    """No folder of modules lacks its `__init__.py`."""
    folders = {path.parent for path in files(".py") if path.is_relative_to(PACKAGE)}

    assert [f.name for f in folders if not (f / "__init__.py").is_file()] == []


def test_every_test_is_a_sentence() -> None:
    """Each test function has a docstring that ends like a sentence."""
    mute = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in files(".py")
        if path.is_relative_to(ROOT / "tests")
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").strip().endswith((".", ".)", '."', "?"))
    ]

    assert mute == []


@pytest.mark.parametrize("bare", [BARE_NOQA, BARE_IGNORE], ids=["noqa", "type-ignore"])
def test_every_suppression_has_a_reason(bare: re.Pattern[str]) -> None:
    """What silences a tool names the rule and says why."""
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files(".py")
        if not path.is_relative_to(ROOT / "tests" / "house")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]

    assert wrong == []


def test_no_file_knows_the_machine_it_was_made_on() -> None:
    """No text file holds an absolute path of somebody's machine."""
    wrong = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if MACHINE_PATH.search(text) or f"{ROOT}/" in text:
            wrong.append(str(path.relative_to(ROOT)))

    assert wrong == []
