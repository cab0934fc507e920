"""A value that proves a step can only be made by the room whose step it is."""

import ast
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT, calls, modules, walked

MAKERS = {
    "Redacted": "redaction",
    "Placed": "residency",
    "Recorded": "audit",
    "Receipt": "audit",
}
FORGERY = {"replace", "copy", "deepcopy", "cast", "__new__", "__replace__"}


@pytest.mark.mcp_row(33)
@pytest.mark.parametrize("proof", MAKERS)
def test_only_its_room_makes_a_proof(proof: str) -> None:
    """No module outside the room calls the class, under its own name or another."""
    made = {
        path.relative_to(PACKAGE).parts[0]
        for path, tree in modules()
        if aliases(tree, proof) & {name for name, _ in calls(tree)}
    }

    assert made == {MAKERS[proof]}


def test_no_proof_is_forged() -> None:
    """Neither a copy with other fields nor a cast makes a proof."""
    forged = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in modules()
        for name, call in calls(tree)
        if name in FORGERY and mentions_proof(call, path)
    ]

    assert forged == []


def aliases(tree: ast.Module, proof: str) -> set[str]:
    """The names under which a module knows the class."""
    renamed = {
        name.asname
        for node in walked(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if name.name == proof and name.asname
    }
    assigned = {
        target.id
        for node in walked(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)
        for target in node.targets
        if node.value.id == proof and isinstance(target, ast.Name)
    }
    return {proof} | renamed | assigned


def mentions_proof(call: ast.Call, path: Path) -> bool:
    """Whether an argument is a proof class or a variable named after one."""
    proofs = {p for p, room in MAKERS.items() if path.relative_to(PACKAGE).parts[0] != room}
    words = {
        getattr(node, "id", getattr(node, "attr", getattr(node, "value", "")))
        for part in (*call.args, call.func)
        for node in ast.walk(part)
        if isinstance(node, ast.Name | ast.Attribute | ast.Constant)
    }
    named = {word for word in words if isinstance(word, str)}
    return bool(named & (proofs | {p.lower() for p in proofs}))
