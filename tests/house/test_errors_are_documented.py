"""docs/errors.md lists exactly the codes that clients can see, with their statuses."""

import ast
import functools
import inspect
from collections.abc import Iterator

from guardrail_gw import errors, mcp_errors
from tests.house.sources import PACKAGE, ROOT, calls, modules, names, rows, text_of

AS_THE_PROVIDER = "as the provider answered"


def test_every_code_is_documented_with_its_status() -> None:
    """A code that the table lacks, or a row that no code has, or another status, fails."""
    assert documented() == {code: str(status) for code, status in raised().items()} | {
        "upstream.refused": AS_THE_PROVIDER,
        "upstream.filtered": AS_THE_PROVIDER,
    }


def test_every_code_is_built_of_literals() -> None:
    """A code is a literal or is passed on from a refusal; a computed one would escape the table."""
    computed = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path, tree in modules()
        for name, call in calls(tree)
        if name in refusals()
        for keyword in call.keywords
        if keyword.arg == "code" and text_of(keyword.value) is None and not passed_on(keyword.value)
    ]

    assert computed == []


def passed_on(value: ast.expr) -> bool:
    """`code=refusal.code`: the code of a refusal that has one already."""
    return isinstance(value, ast.Attribute) and value.attr == "code"


def documented() -> dict[str, str]:
    """Code -> status, as the table says."""
    table = list(rows((ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))
    assert len({row[0] for row in table}) == len(table)
    return {names(row[0])[0]: row[1] for row in table}


@functools.cache
def refusals() -> dict[str, type[errors.Refusal]]:
    """Each class of refusal by its name."""
    return {
        name: kind
        for home in (errors, mcp_errors)
        for name, kind in inspect.getmembers(home, inspect.isclass)
        if issubclass(kind, errors.Refusal)
    }


def raised() -> dict[str, int]:
    """Code -> status: class codes, `code=` of refusals, and the server's own errors."""
    kinds = refusals()
    found = {k.code: k.status for k in kinds.values() if "code" in vars(k)}
    del found[errors.Refusal.code]  # the root is never raised
    for path, tree in modules():
        for name, call in calls(tree):
            if name in kinds:
                found |= dict.fromkeys(literal_codes(call), kinds[name].status)
            elif name == "error" and path.is_relative_to(PACKAGE / "server"):
                found |= server_error(call)
    return found


def literal_codes(call: ast.Call) -> Iterator[str]:
    """The code that one refusal is given."""
    for keyword in call.keywords:
        if keyword.arg == "code" and (code := text_of(keyword.value)):
            yield code


def server_error(call: ast.Call) -> dict[str, int]:
    """`error(404, "server.unknown_path", ...)`."""
    match call.args:
        case [ast.Constant(value=int(status)), ast.Constant(value=str(code)), *_]:
            return {code: status}
        case _:
            return {}
