"""docs/mcp.md says what users of other MCP gateways hit; for each row there are tests that hold it.

A test says which rows it holds (`@pytest.mark.mcp_row(17)`), the table says which tests a row has,
and both say the same.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import ROOT, calls, files, syntax

ROWS = range(1, 36)
PAGE = ROOT / "docs" / "mcp.md"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_MARK = "mcp_row"
_TEST = re.compile(r"`(\w+)::(test_\w+)`")


def test_every_row_has_a_test() -> None:
    """From the first to the last, none is left out, and none is there twice."""
    assert [number for number, _ in rows()] == [*ROWS]
    assert [number for number, tests in rows() if not tests] == []


def test_the_table_and_the_tests_name_each_other() -> None:
    """A test that was renamed or removed, or that holds another row now, is missed."""
    told = {(number, *test) for number, tests in rows() for test in tests}

    assert told == set(held())


def test_what_holds_a_row_is_collected() -> None:
    """It is a function of a module that pytest looks into, and is not always skipped."""
    skipped = [
        f"{path.name}::{function.name}"
        for path, function in marked()
        if any(word in ast.dump(d) for d in function.decorator_list for word in ("skip", "xfail"))
    ]

    assert skipped == []
    assert all(path.name.startswith("test_") for path, _ in marked())


def rows() -> list[tuple[int, list[tuple[str, str]]]]:
    """The table's rows, each with the modules and names of its tests."""
    text = PAGE.read_text(encoding="utf-8")
    return [(int(match[1]), _TEST.findall(match[4])) for match in _ROW.finditer(text)]


def marked() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function that says which rows it holds."""
    for path in files(".py"):
        if path.is_relative_to(ROOT / "tests") and _MARK in path.read_text(encoding="utf-8"):
            for node in syntax(path).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and numbers(node):
                    yield path, node


def held() -> Iterator[tuple[int, str, str]]:
    """Row, module and test."""
    for path, function in marked():
        for number in numbers(function):
            yield number, path.stem, function.name


def numbers(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[int]:
    """The rows that a test says it holds."""
    return [
        argument.value
        for decorator in function.decorator_list
        for name, call in calls(decorator)
        if name == _MARK
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]
