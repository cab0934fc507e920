"""A provider is named in the catalog and in configuration, never in a decision."""

import ast

from tests.house.sources import PACKAGE, ROOT, calls, modules, text_of

PREDICATES = {"startswith", "endswith", "fullmatch", "match", "search"}


def test_no_decision_names_a_provider() -> None:
    """No comparison, membership, `match` case or prefix test holds a provider's id."""
    named = providers()

    wrong = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for path, tree in modules()
        for node in decisions(tree)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and text_of(inner) in named
    ]

    assert wrong == []


def providers() -> frozenset[str]:
    """Ids of the catalog; one's own servers (`openai-compatible`) included."""
    named = frozenset(path.stem for path in (PACKAGE / "catalog" / "providers").glob("*.yaml"))
    assert "openai" in named
    return named


def decisions(tree: ast.Module) -> list[ast.AST]:
    """Whatever a program branches on."""
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare | ast.MatchValue)]
    return [*compared, *(call for name, call in calls(tree) if name in PREDICATES)]
