from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from guardrail_gw.catalog.facts import ParameterFact
from guardrail_gw.catalog.parameters import done, of_model, taken
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Bounds, Parameters, Takes

CHAT, COMPLETIONS = "openai_chat", "openai_completions"


def table(**more: Any) -> ParameterFact:
    """One of a table's entries."""
    said = {"says": "refused", "dialects": (CHAT,), "source": "https://a.example/x"}
    return ParameterFact(**{**said, "verified_on": date(2026, 11, 26), **more})


def test_only_entries_for_the_model_bind() -> None:
    """The pattern matches the whole name; without one an entry is for all models."""
    facts = [table(models="o[0-9].*", drop=("top_p",)), table(drop=("seed",))]

    assert dict(of_model(facts, "o3-mini"))[CHAT].dropped == ("top_p", "seed")
    assert dict(of_model(facts, "gpt-o3"))[CHAT].dropped == ("seed",)
    assert of_model(facts[:1], "gpt-o3") == ()


def test_each_dialect_has_its_own() -> None:
    """An entry binds in the dialects that it names."""
    facts = [table(refuse=("suffix",), dialects=(COMPLETIONS,)), table(drop=("seed",))]

    made = dict(of_model(facts, "m"))

    assert made[COMPLETIONS].refused == ("suffix",)
    assert made[CHAT].refused == ()
    assert made.get("anthropic_messages", AS_THE_DIALECT_SAYS) == AS_THE_DIALECT_SAYS


def test_a_later_entry_s_word_stands() -> None:
    """Where two speak of one member; what only one says is kept."""
    facts = [
        table(rename={"seed": "a", "n": "b"}, range={"top_p": {"most": 2}}, require={"x": 1}),
        table(rename={"seed": "c"}, range={"top_p": {"least": 0, "beyond": "refuse"}}),
    ]

    made = dict(of_model(facts, "m"))[CHAT]

    assert made.renamed == (("seed", "c"), ("n", "b"))
    assert made.bounds == (("top_p", Bounds(least=0, is_refused_beyond=True)),)
    assert made.required == (("x", 1),)


def test_what_is_said_of_a_member_can_be_taken_back() -> None:
    """A provider learns, and the catalog is older than that; what comes later still holds."""
    shipped = table(
        rename={"seed": "a"},
        drop=("top_p", "top_k"),
        refuse=("logprobs",),
        range={"n": {"most": 1}},
        require={"x": 1},
    )
    own = table(keep=("seed", "top_p", "logprobs", "n", "x"), drop=("n",))

    made = dict(of_model([shipped, own], "m"))[CHAT]

    assert made == Parameters(dropped=("top_k", "n"))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"drop": ("store",)},
        {"keep": ("store",)},
        {"drop": ("messages",)},
        {"rename": {"seed": "model"}},
        {"rename": {"stream": "x"}},
        {"require": {"store": True}},
        {"range": {"n": {}}},
        {"range": {"n": {"least": 2, "most": 1}}},
        {"dialects": (), "drop": ("seed",)},
        {"drop": ("Not A Name",)},
        {"drop": ("messages.role",)},
        {"one_of": (("system.text", "top_p"),)},
        {"one_of": (("top_p",),)},
        {"takes": ("anything",)},
    ],
)
def test_a_table_does_not_touch_what_is_asked_nor_what_guards_it(wrong: dict[str, Any]) -> None:
    """Nor does it say nothing, or what makes no sense."""
    with pytest.raises(ValidationError):
        table(**wrong)


def test_what_a_model_takes_is_by_dialect_and_name() -> None:
    """An entry that only says so changes no body."""
    facts = [
        table(models="big-.*", takes=(Takes.BUDGET,)),
        table(models="big-.*", dialects=(COMPLETIONS,), takes=(Takes.CACHE_MARKS,)),
        table(takes=(Takes.EFFORT,)),
    ]

    assert dict(taken(facts, "big-1")) == {
        CHAT: {Takes.BUDGET, Takes.EFFORT},
        COMPLETIONS: {Takes.CACHE_MARKS},
    }
    assert dict(taken(facts, "small")) == {CHAT: {Takes.EFFORT}}
    assert of_model(facts, "big-1") == ()
    assert done(facts[1]) == "takes cache marks"


def test_members_that_stand_for_each_other_can_be_taken_back() -> None:
    """An operator's folder knows a server that takes both."""
    facts = [table(one_of=(("temperature", "top_p"), ("a", "b"))), table(keep=("top_p",))]

    assert dict(of_model(facts, "m"))[CHAT].one_of == (("a", "b"),)
    assert done(facts[0]) == "one of temperature, top_p; one of a, b"
