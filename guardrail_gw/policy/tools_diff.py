"""What two policies decide differently about MCP servers and their tools, and whether it widens."""

from collections.abc import Iterator

from guardrail_gw.policy.change import Change, Way
from guardrail_gw.policy.tools import Changed, Lists, Poisoning, Results, ToolRules

_ORDERED = {"results": tuple(Results), "changed": tuple(Changed), "poisoning": tuple(Poisoning)}
_FORBIDDING = ("deny", "deny_annotated", "require_approval", "approve_annotated")
_SUBJECTS = {"approve_annotated": "require_approval"}


def tools_differ(before: ToolRules, after: ToolRules) -> Iterator[Change]:
    """Each line that says something else, in the words of the policy."""
    if before == after:
        return
    for name in ("trust", "servers", "allow"):
        yield from _lists(name, getattr(before, name), getattr(after, name))
    for name in _FORBIDDING:
        yield from _patterns(name, getattr(before, name), getattr(after, name))
    for name, order in _ORDERED.items():
        was, now = (order.index(getattr(each, name)) for each in (before, after))
        if was != now:
            way = Way.of(narrower=now > was, wider=now < was)
            yield _change(name, order[was].value, order[now].value, way)
    yield from _sizes(before.max_result_bytes, after.max_result_bytes)


def _lists(name: str, was: Lists, now: Lists) -> Iterator[Change]:
    """Lists that all have to fit: one that another did not imply narrows."""
    if was != now:
        way = Way.of(narrower=_restricts(now, was), wider=_restricts(was, now))
        yield _change(name, _said(was), _said(now), way)


def _restricts(lists: Lists, others: Lists) -> bool:
    """Whether some list asks for what none of the others does."""
    return any(not any(set(other) <= set(one) for other in others) for one in lists)


def _patterns(name: str, was: frozenset[str], now: frozenset[str]) -> Iterator[Change]:
    if was != now:
        way = Way.of(narrower=bool(now - was), wider=bool(was - now))
        yield _change(name, _list(was), _list(now), way)


def _sizes(was: int | None, now: int | None) -> Iterator[Change]:
    if was != now:
        narrower = was is None or (now is not None and now < was)
        before, after = ("the server's" if n is None else f"{n}" for n in (was, now))
        yield _change(
            "max_result_bytes", before, after, Way.of(narrower=narrower, wider=not narrower)
        )


def _change(name: str, before: str, after: str, way: Way) -> Change:
    return Change(subject=f"tools.{_SUBJECTS.get(name, name)}", before=before, after=after, way=way)


def _said(lists: Lists) -> str:
    return " and ".join(sorted(_list(frozenset(each)) for each in lists)) or "all"


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
