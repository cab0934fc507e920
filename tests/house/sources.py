"""What the house tests read: our own sources, as text and as syntax."""

import ast
import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "guardrail_gw"
_MADE = {"__pycache__", "build", "dist", "node_modules"}
_ROW = re.compile(r"^\| (?P<cells>.+) \|$", re.MULTILINE)


@functools.cache
def files(suffix: str = "") -> tuple[Path, ...]:
    """Every file of the checkout that people wrote, sorted."""
    return tuple(sorted(path for path in _walk(ROOT) if path.name.endswith(suffix)))


def modules(folder: Path = PACKAGE) -> Iterator[tuple[Path, ast.Module]]:
    """Each module under a folder with its syntax."""
    for path in files(".py"):
        if path.is_relative_to(folder):
            yield path, syntax(path)


@functools.cache
def syntax(path: Path) -> ast.Module:
    """One module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=path.name)


@functools.cache
def walked(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All that a module is made of."""
    return tuple(ast.walk(tree))


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Each call with the last part of what is called: `exchange.Redacted(...)` is `Redacted`."""
    for node in walked(tree) if isinstance(tree, ast.Module) else ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node
                case _:
                    pass


def text_of(node: ast.expr | None) -> str | None:
    """The text of a literal string, else None."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def rows(text: str) -> Iterator[list[str]]:
    """The rows of all tables whose first cell is `code`, as cells."""
    for match in _ROW.finditer(text):
        cells = [cell.strip() for cell in match["cells"].split(" | ")]
        if cells[0].startswith("`"):
            yield cells


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def functions_of(path: str) -> set[str]:
    """The functions of a file of the checkout; none when there is no such file."""
    if not (ROOT / path).is_file():
        return set()
    return {
        node.name
        for node in syntax(ROOT / path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, found in os.walk(folder):
        folders[:] = [f for f in folders if f == ".ci" or not (f.startswith(".") or f in _MADE)]
        for name in found:
            if name != ".git":  # in a linked worktree that is git's own file
                yield Path(here) / name
