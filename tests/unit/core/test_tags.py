"""Which tags a request has."""

from typing import Any

import pytest

from guardrail_gw.core.tags import Tag, Tags, tags_of
from guardrail_gw.errors import ClientFault

PROJECT = Tag(
    name="project", values=frozenset({"crm", "search"}), header="X-Project", metadata="project"
)
REQUIRED = Tag(name="centre", values=frozenset({"4711"}), header="X-Centre", is_required=True)
OWN: Tags = (("project", "crm"),)


@pytest.mark.parametrize(
    ("fixed", "header", "metadata", "value"),
    [
        ((), [], None, None),
        ((), ["search"], None, "search"),
        ((), [], {"project": "search"}, "search"),
        ((), ["search"], {"project": "search", "other": "x"}, "search"),
        ((), [], ["project"], None),
        (OWN, [], None, "crm"),
        (OWN, ["crm"], {"project": "crm"}, "crm"),
    ],
)
def test_a_key_or_a_request_says_it(
    fixed: Tags, header: list[str], metadata: Any, value: str | None
) -> None:
    """Here or there or in both; what a body has besides is not looked at."""
    found = tags_of([PROJECT], fixed, {"X-Project": header}, metadata)

    assert found == ((("project", value),) if value else ())


@pytest.mark.parametrize(
    ("fixed", "header", "metadata"),
    [
        ((), ["Anna Schmidt"], None),
        ((), ["CRM"], None),
        ((), [""], None),
        ((), [], {"project": 7}),
        ((), [], {"project": None}),
        ((), [], {"project": ["crm"]}),
        ((), ["crm", "search"], None),
        ((), ["crm"], {"project": "search"}),
        (OWN, ["search"], None),
        (OWN, ["Anna Schmidt"], None),
    ],
)
def test_what_is_not_a_value_of_its_own_is_refused(
    fixed: Tags, header: list[str], metadata: Any
) -> None:
    """Unknown means no; the message names what there is, and never what was said."""
    with pytest.raises(ClientFault) as told:
        tags_of([PROJECT], fixed, {"X-Project": header}, metadata)

    assert told.value.code == "request.tag"
    assert "'project'" in told.value.detail
    assert "Anna" not in told.value.detail


def test_one_that_is_required_must_be_there() -> None:
    """And the message says where."""
    with pytest.raises(ClientFault, match="4711, in the header X-Centre"):
        tags_of([PROJECT, REQUIRED], OWN, {}, None)

    both = tags_of([PROJECT, REQUIRED], OWN, {"X-Centre": ["4711"]}, None)
    assert both == (("centre", "4711"), ("project", "crm"))
