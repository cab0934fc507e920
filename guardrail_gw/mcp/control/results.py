"""What a policy makes of what a server says: how large it may be, and whether it gives orders."""

from collections.abc import Iterable, Mapping
from typing import Any

from guardrail_gw.mcp.control.poisoning import SUSPECT, Suspicion, is_suspect, suspicions
from guardrail_gw.mcp_errors import Poisoned, ResultTooLarge
from guardrail_gw.policy.tools import Poisoning, ToolRules


def most_bytes(rules: ToolRules, configured: int) -> int:
    """How large an answer may be: what the policy and the server's configuration both allow."""
    return configured if rules.max_result_bytes is None else min(rules.max_result_bytes, configured)


def held_to_size(size: int, rules: ToolRules, configured: int, server: str) -> None:
    """Refuse an answer that is too large.

    Args:
        size: bytes of its JSON.
        rules: of the caller's policy.
        configured: the server's own bound.
        server: its id, for the refusal.

    Raises:
        ResultTooLarge: it is.
    """
    most = most_bytes(rules, configured)
    if size > most:
        raise ResultTooLarge(
            f"the answer of server {server!r} has more than {most} bytes", facts={"server": server}
        )


def looked_through(rules: ToolRules, said: Any, server: str) -> tuple[Suspicion, ...]:  # noqa: ANN401 - JSON
    """What is suspicious in an answer, for the record; nothing where the policy ignores it.

    Args:
        rules: of the caller's policy.
        said: a result, or the parameters of a notification or a question.
        server: its id, for the refusal.

    Raises:
        Poisoned: something is, and the policy blocks it.
    """
    if rules.poisoning is Poisoning.IGNORE:
        return ()
    found = tuple(suspicions(said))
    if rules.poisoning is Poisoning.BLOCK and any(each.score >= SUSPECT for each in found):
        kinds = sorted({str(each.trick) for each in found if each.score >= SUSPECT})
        raise Poisoned(
            f"an answer of server {server!r} looks as if it gave a model orders",
            facts={"server": server, "tricks": kinds},
        )
    return found


def counted(found: Iterable[Suspicion]) -> dict[str, int]:
    """Kind of trick -> how often, for the record."""
    counts: dict[str, int] = {}
    for each in found:
        counts[str(each.trick)] = counts.get(str(each.trick), 0) + 1
    return counts


def thing_permitted(rules: ToolRules, server: str, entry: Mapping[str, Any] | None) -> bool:
    """Whether a prompt or a resource may be listed and asked for.

    Args:
        rules: of the caller's policy.
        server: whose it is.
        entry: as its server lists it; None: it is in no list, as what a template makes.
    """
    if not rules.uses(server):
        return False
    return rules.poisoning is not Poisoning.BLOCK or entry is None or not is_suspect(entry)
