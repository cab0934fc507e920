"""Tags: who pays for a request beyond who sends it, told by budgets, records and reports."""

from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.audit.exchanges import exchanges
from guardrail_gw.audit.spend import spent
from guardrail_gw.errors import ConfigError
from tests.support.world import World, world

WORDS = "one two three four five six seven eight nine ten"
TAGS: dict[str, Any] = {
    "project": {"values": ["crm", "search"], "header": "X-Project", "metadata": "project"}
}
BUDGETS: list[dict[str, Any]] = [
    {"id": "each", "usd": "0.000010", "per": ["tag.project"]},
    {"id": "search", "usd": "0.000001", "match": {"tag.project": ["search"]}},
]


async def asked(here: World, project: str | None, **more: Any) -> tuple[int, bytes]:
    """A question for a project, said in the header."""
    body = {"model": "assistant", "max_tokens": 20, **more}
    body["messages"] = [{"role": "user", "content": WORDS}]
    return await here.post(body, headers={"X-Project": project} if project else {})


async def test_each_project_has_its_own_budget(tmp_path: Path) -> None:
    """Whether the header says it or the body; who says none is counted apart."""
    async with world(tmp_path, tags=TAGS, budgets=BUDGETS) as here:
        inside = {"metadata": {"project": "search"}}
        small = [await asked(here, "search"), await asked(here, None, **inside)]
        crm = [(await asked(here, "crm"))[0] for _ in range(6)]
        none = await asked(here, None)

        assert [status for status, _ in small] == [429, 429]
        assert all(b"budget.exceeded" in raw and b"'search'" in raw for _, raw in small)
        assert crm == sorted(crm)
        assert (crm[0], crm[-1], none[0]) == (200, 429, 200)
        intents = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
        assert [each.get("tags") for each in intents] == [
            *({"project": "search"},) * 2,
            *({"project": "crm"},) * 6,
            None,
        ]
        [dear, *others] = spent(exchanges(here.records()), ["tag.project"])
        assert (dear.group, dear.requests) == (("crm",), 6)
        assert {each.group for each in others} == {("search",), ("-",)}


async def test_what_is_no_project_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """Before anything leaves; what was said is in no answer and no record."""
    async with world(tmp_path, tags=TAGS) as here:
        for said in ({}, {"metadata": {"project": "Anna Schmidt"}}):
            status, raw = await asked(here, None if said else "Anna Schmidt", **said)

            assert (status, b"request.tag" in raw, b"Anna" in raw) == (400, True, False)
        assert here.sent == []
        assert "Anna" not in repr([r.meta for r in here.records()])


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"budgets": BUDGETS}, "no tag 'project'"),
        ({"tags": TAGS, "rates": [{"id": "a", "concurrent": 1, "per": ["tag.other"]}]}, "'other'"),
        ({"tags": TAGS, "budgets": [{"id": "a", "usd": 1, "per": ["project"]}]}, "per"),
    ],
)
async def test_only_tags_that_there_are_can_be_counted(
    tmp_path: Path, more: dict[str, Any], problem: str
) -> None:
    """A word that no request can have would count nothing, and nobody would notice."""
    with pytest.raises(ConfigError, match=problem):
        async with world(tmp_path, **more):
            pytest.fail("it started")
