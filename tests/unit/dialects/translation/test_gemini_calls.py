"""Which result of a Gemini request answers which call, and by which id others know it."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import translated
from tests.support.gemini import user


def chat(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a chat request that a Gemini request becomes."""
    body = {"contents": list(contents), **more}
    return translated(body, "gemini_generate", "openai_chat").body


def model(*parts: Any) -> dict[str, Any]:
    """A message of the model."""
    return {**user(*parts), "role": "model"}


def call(name: str = "f", id_: str = "", **args: Any) -> dict[str, Any]:
    """A part with a call."""
    return {"functionCall": {"name": name, "args": args, **({"id": id_} if id_ else {})}}


def gave(response: Any, name: str = "f", id_: str = "") -> dict[str, Any]:
    """A part with a result."""
    named = {"id": id_} if id_ else {}
    return {"functionResponse": {"name": name, "response": response, **named}}


def test_results_are_paired_by_order_and_name() -> None:
    """Without ids, each result answers the first call of its function that has no answer."""
    made = chat(
        user("a"),
        model(call("f", n=1), call("g", n=2), call("f", n=3)),
        user(gave({"output": "g2"}, "g"), gave({"output": "f1"}), gave({"output": "f3"})),
    )

    calls = {c["id"]: c["function"]["arguments"] for c in made["messages"][1]["tool_calls"]}
    paired = {calls[m["tool_call_id"]]: m["content"] for m in made["messages"][2:]}
    assert paired == {'{"n":1}': "f1", '{"n":2}': "g2", '{"n":3}': "f3"}


def test_results_are_paired_by_id_where_there_is_one() -> None:
    """Whatever their order."""
    made = chat(
        user("a"),
        model(call(id_="x1", n=1), call(id_="x2", n=2)),
        user(gave({"output": "2"}, id_="x2"), gave({"output": "1"}, id_="x1")),
    )

    assert [(m["tool_call_id"], m["content"]) for m in made["messages"][2:]] == [
        ("x2", "2"),
        ("x1", "1"),
    ]


@pytest.mark.parametrize(
    "results",
    [
        [gave({}, "g")],
        [gave({}), gave({})],
        [gave({}, id_="x9")],
    ],
    ids=["of another function", "one too many", "of another id"],
)
def test_a_result_of_no_call_is_refused(results: list[Any]) -> None:
    """It would be taken for the answer to something else."""
    with pytest.raises(Untranslatable, match="answers no call"):
        chat(user("a"), model(call(id_="x1")), user(*results))


def test_a_call_that_was_never_answered_takes_no_later_result() -> None:
    """A result belongs to the model's last turn."""
    with pytest.raises(Untranslatable, match="answers no call"):
        chat(user("a"), model(call()), user("no"), model("well"), user(gave({})))


@given(names=st.lists(st.sampled_from(["f", "g"]), min_size=1, max_size=6), more=st.integers(1, 3))
def test_ids_stay_the_same_in_later_turns(names: list[str], more: int) -> None:
    """An id that is made depends on what came before alone; all of them differ."""
    turns = [
        content
        for name in names
        for content in (model(call(name)), user(gave({"output": "r"}, name)))
    ]

    def ids(contents: list[dict[str, Any]]) -> list[str]:
        messages = chat(user("a"), *contents)["messages"]
        return [c["id"] for m in messages for c in m.get("tool_calls", ())]

    later = ids([*turns, *turns[:2] * more])
    assert later[: len(names)] == ids(turns)
    assert len(set(later)) == len(later)
    assert all(len(id_) == 9 and id_.isalnum() for id_ in later)


def test_an_id_that_is_said_twice_stands_for_two_calls() -> None:
    """Other dialects know a call by its id in the whole conversation."""
    made = chat(
        user("a"),
        *(model(call(id_="1", n=1)), user(gave({"output": "r1"}, id_="1"))),
        *(model(call(id_="1", n=2)), user(gave({"output": "r2"}, id_="1"))),
    )

    messages = made["messages"]
    ids = [messages[1]["tool_calls"][0]["id"], messages[3]["tool_calls"][0]["id"]]
    assert len(set(ids)) == 2
    assert [messages[2]["tool_call_id"], messages[4]["tool_call_id"]] == ids
