"""Gemini requests said in other dialects, and those of others said in Gemini's."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Head
from guardrail_gw.dialects.gemini_generate.shapes import GENERATION
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import (
    Translated,
    is_translated,
    translated,
)
from tests.support.exchanges import ASKED
from tests.support.gemini import user
from tests.support.gemini_samples import SAMPLES
from tests.support.mutation import replaced

CHAT, MESSAGES, GEMINI = "openai_chat", "anthropic_messages", "gemini_generate"
PAIRS = [(GEMINI, CHAT), (GEMINI, MESSAGES), (CHAT, GEMINI), (MESSAGES, GEMINI)]
STREAM = Head(path=":streamGenerateContent?alt=sse")


def asked(provider: str, body: dict[str, Any]) -> Translated:
    """A Gemini request in another dialect."""
    return translated(body, GEMINI, provider)


def chat(*contents: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a chat request that a Gemini request becomes."""
    return asked(CHAT, {"contents": list(contents), **more}).body


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


def test_every_setting_has_a_sample() -> None:
    """Nobody adds a member to `generationConfig` without deciding what becomes of it."""
    sampled = {name for sample in SAMPLES.values() for name in sample.get("generationConfig", ())}

    assert {name for name in GENERATION if "_" not in name} <= sampled


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
def test_either_spelling_is_the_same(provider: str, sample: str) -> None:
    """A request in snake case becomes what the same request in camel case becomes."""
    body = {"contents": [user("a")], **SAMPLES[sample]}

    def said(body: dict[str, Any]) -> Any:
        try:
            made = translated(body, GEMINI, provider)
        except Untranslatable as refused:
            return refused.member
        return made.body, made.left_out

    assert said(snake(body)) == said(body)


def snake(value: Any) -> Any:
    """Member names in snake case, but for those that a person chose."""
    if isinstance(value, list):
        return [snake(each) for each in value]
    if not isinstance(value, dict):
        return value
    own = {"args", "response", "labels", "parametersJsonSchema", "responseJsonSchema"}
    spelled = {"".join(f"_{c.lower()}" if c.isupper() else c for c in k): k for k in value}
    return {s: value[k] if k in own else snake(value[k]) for s, k in spelled.items()}


@pytest.mark.parametrize(
    "body",
    [
        {"contents": [user({"text": "a", "functionCall": {"name": "f"}})]},
        {"contents": [user({"inlineData": {}, "inline_data": {}})]},
        {"contents": [user("a")], "toolConfig": {}, "tool_config": {}},
        {"contents": [user("a")], "generationConfig": {"topK": 1, "top_k": 2}},
        {"contents": [{"role": "model", "parts": [gave({})]}]},
        {"contents": [user(call())]},
    ],
    ids=["two kinds", "twice a part", "twice", "twice a number", "result", "call"],
)
def test_what_can_be_read_in_two_ways_is_refused(body: dict[str, Any]) -> None:
    """Which of the two a server reads is not for us to guess, nor whose turn it is."""
    with pytest.raises(Untranslatable, match=r"several kinds|said twice|of the other side"):
        asked(CHAT, body)


@pytest.mark.parametrize("operation", ["countTokens", "embedContent", "batchEmbedContents"])
def test_only_generating_is_translated(operation: str) -> None:
    """Counts and embeddings are other operations, which the other dialects have not."""
    assert is_translated(GEMINI, CHAT, Head(path=":generateContent"))
    assert is_translated(GEMINI, MESSAGES, STREAM)
    assert not is_translated(GEMINI, CHAT, Head(path=f":{operation}"))


@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
def test_the_operation_says_whether_a_stream_is_asked_for(provider: str) -> None:
    """Not the body, and to a Gemini provider it says so in turn."""
    body = ASKED[GEMINI]["plain"]

    assert translated(body, GEMINI, provider, STREAM).body["stream"] is True
    assert "stream" not in translated(body, GEMINI, provider, Head(path=":generateContent")).body
    heads = [
        translated({**ASKED[provider]["plain"], "stream": flag}, provider, GEMINI).head.path
        for flag in (True, False)
    ]
    assert heads == [":streamGenerateContent?alt=sse", ":generateContent"]


@pytest.mark.parametrize(
    ("response", "text", "failed"),
    [
        ({"output": "fine"}, "fine", False),
        ({"output": {"a": 1}}, '{"a":1}', False),
        ({"result": "fine"}, '{"result":"fine"}', False),
        ({"error": "boom"}, "boom", True),
        ({"output": "half", "error": "boom"}, '{"output":"half","error":"boom"}', True),
        ({"rows": [1, "ü"]}, '{"rows":[1,"ü"]}', False),
        ({}, "", False),
    ],
)
def test_what_a_result_says(response: Any, text: str, *, failed: bool) -> None:
    """`output` and `error` are what Google says they are; any other object is said whole."""
    body = {"contents": [user("a"), model(call()), user(gave(response))]}

    block = asked(MESSAGES, body).body["messages"][2]["content"][0]

    assert "".join(part["text"] for part in block.get("content", ())) == text
    assert block.get("is_error", False) is failed


@pytest.mark.parametrize(
    ("mode", "names", "offered", "choice"),
    [
        ("AUTO", [], ["f", "g"], "auto"),
        ("VALIDATED", [], ["f", "g"], "auto"),
        ("NONE", [], ["f", "g"], "none"),
        ("ANY", [], ["f", "g"], "required"),
        ("ANY", ["g"], ["f", "g"], {"type": "function", "function": {"name": "g"}}),
        ("ANY", ["f", "g"], ["f", "g"], "required"),
        ("VALIDATED", ["f"], ["f"], "auto"),
        ("MODE_UNSPECIFIED", [], ["f", "g"], None),
    ],
)
def test_which_functions_may_be_called(
    mode: str, names: list[str], offered: list[str], choice: Any
) -> None:
    """Those that are not allowed are not offered; one that is demanded is named."""
    tools = [{"functionDeclarations": [{"name": "f"}]}, {"functionDeclarations": [{"name": "g"}]}]
    config = {"functionCallingConfig": {"mode": mode, "allowedFunctionNames": names}}

    made = chat(user("a"), tools=tools, toolConfig=config)

    assert [tool["function"]["name"] for tool in made["tools"]] == offered
    assert made.get("tool_choice") == choice


@pytest.mark.parametrize(
    ("thinking", "effort"),
    [
        ({"thinkingLevel": "MINIMAL"}, "minimal"),
        ({"thinkingLevel": "high"}, "high"),
        ({"thinkingBudget": 500}, "low"),
        ({"thinkingBudget": 8192}, "medium"),
        ({"thinkingBudget": 32768}, "high"),
        ({"thinkingBudget": -1}, None),
        ({}, None),
    ],
)
def test_how_long_a_model_thinks(thinking: dict[str, Any], effort: str | None) -> None:
    """A level is an effort, and so is a budget, by Google's own table."""
    made = chat(user("a"), generationConfig={"thinkingConfig": thinking})

    assert made.get("reasoning_effort") == effort


@pytest.mark.parametrize(
    ("effort", "budget"),
    [("minimal", 1024), ("low", 1024), ("medium", 8192), ("max", 24576)],
)
def test_an_effort_is_a_budget(effort: str, budget: int) -> None:
    """Models of every generation read it."""
    made = translated({**ASKED[CHAT]["error"], "reasoning_effort": effort}, CHAT, GEMINI).body

    assert made["generationConfig"] == {"thinkingConfig": {"thinkingBudget": budget}}


def test_not_to_think_is_left_out() -> None:
    """Models that cannot but think refuse it, and those that do not need not be told."""
    contents = [user("a")]
    config = {"thinkingConfig": {"thinkingBudget": 0}}
    there = translated({**ASKED[CHAT]["error"], "reasoning_effort": "none"}, CHAT, GEMINI)
    back = asked(CHAT, {"contents": contents, "generationConfig": config})

    assert "generationConfig" not in there.body
    assert there.left_out == ("reasoning_effort",)
    assert "reasoning_effort" not in back.body
    assert back.left_out == ("generationConfig.thinkingConfig.thinkingBudget",)


def test_thoughts_are_told_to_who_asks_for_them() -> None:
    """By default this dialect's clients see none."""
    plain = translated(ASKED[GEMINI]["plain"], GEMINI, CHAT)
    thinking = translated(ASKED[GEMINI]["thinking"], GEMINI, CHAT)

    assert (plain.shows_thoughts, thinking.shows_thoughts) == (False, True)
    assert translated(ASKED[CHAT]["plain"], CHAT, GEMINI).shows_thoughts is True


@pytest.mark.parametrize(
    ("config", "tier"),
    [("FLEX", "flex"), ("priority", "priority"), ("standard", None), ("UNSPECIFIED", None)],
)
def test_tiers(config: str, tier: str | None) -> None:
    """Those that both sides have keep their names."""
    assert chat(user("a"), serviceTier=config).get("service_tier") == tier


@pytest.mark.parametrize(
    ("tier", "said", "lost"),
    [("default", "standard", ()), ("flex", "flex", ()), ("auto", None, ()), ("scale", None, 1)],
)
def test_tiers_of_a_chat(tier: str, said: str | None, lost: Any) -> None:
    """One that Google does not have is left out, on record."""
    made = translated({**ASKED[CHAT]["error"], "service_tier": tier}, CHAT, GEMINI)

    assert made.body.get("serviceTier") == said
    assert made.left_out == (("service_tier",) if lost else ())


def test_what_is_left_out_has_the_names_of_the_clients_dialect() -> None:
    """Whoever reads the log knows the members of the request, not those of another dialect."""
    contents = [user("a"), model(call()), user(gave({"error": "boom"}))]
    config = {"topK": 5, "temperature": 1.5, "stopSequences": ["\n"]}
    body = {"contents": contents, "generationConfig": config}

    assert asked(CHAT, body).left_out == (
        "contents[].parts[].functionResponse.response.error",
        "generationConfig.topK",
    )
    assert asked(MESSAGES, body).left_out == (
        "generationConfig.stopSequences of white space",
        "generationConfig.temperature above 1",
    )
    plain = translated(ASKED[MESSAGES]["plain"], MESSAGES, GEMINI)
    assert plain.left_out == ("metadata.user_id",)


@pytest.mark.parametrize("calls", ["none", "auto"])
def test_one_call_at_a_time_is_not_promised(calls: str) -> None:
    """Gemini has no word for it, so it is refused as soon as anything may be called."""
    body = {**ASKED[CHAT]["tools"], "parallel_tool_calls": False, "tool_choice": calls}

    if calls == "none":
        assert translated(body, CHAT, GEMINI).body["tools"]
    else:
        with pytest.raises(Untranslatable, match="one call at a time"):
            translated(body, CHAT, GEMINI)


def test_a_result_of_an_unknown_call_is_not_sent() -> None:
    """Without the call nobody knows which function it is a result of."""
    orphan = {"role": "tool", "tool_call_id": "c9", "content": "r"}
    body = {"model": "m", "messages": [{"role": "user", "content": "a"}, orphan]}

    with pytest.raises(Untranslatable, match="a result of no call"):
        translated(body, CHAT, GEMINI)


@pytest.mark.parametrize(("data", "text"), [("w5xiZXI=", "Über"), ("_w==", None)])
def test_a_text_that_comes_as_bytes_is_a_text(data: str, text: str | None) -> None:
    """Messages take documents of text as such; what is no UTF-8 is none."""
    part = {"inlineData": {"mimeType": "text/plain", "data": data, "displayName": "a.txt"}}
    body = {"contents": [user(part)]}

    if text is None:
        with pytest.raises(Untranslatable, match="UTF-8"):
            asked(MESSAGES, body)
        return
    (block,) = asked(MESSAGES, body).body["messages"][0]["content"]
    assert block == {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": text},
        "title": "a.txt",
    }


def test_there_and_back_a_chat_is_the_same() -> None:
    """What both dialects can say comes back as it was."""
    body = deepcopy(dict(ASKED[CHAT]["parallel tools"]))
    body |= {name: ASKED[CHAT]["plain"][name] for name in ("temperature", "seed", "stop")}
    there = translated(body, CHAT, GEMINI)

    back = translated(there.body, GEMINI, CHAT).body

    for call_ in (c for m in body["messages"] for c in m.get("tool_calls", ())):
        call_["function"]["arguments"] = call_["function"]["arguments"].replace(" ", "")
    body["messages"][2:] = reversed(body["messages"][2:])
    assert back == {name: value for name, value in body.items() if name != "model"}


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    *("role", "parts", "text", "functionCall", "functionResponse", "name", "args"),
                    *("response", "inlineData", "inline_data", "mimeType", "data", "thought"),
                    *("functionDeclarations", "parameters", "type", "properties", "mode", "items"),
                    *("thinkingConfig", "responseSchema", "responseMimeType", "stopSequences"),
                    *("seed", "topK", "candidateCount", "functionCallingConfig", "any_of"),
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=15,
)


@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
@given(
    contents=st.one_of(_JSON, st.lists(_JSON, max_size=4)),
    more=st.dictionaries(
        st.sampled_from(["tools", "toolConfig", "generationConfig", "systemInstruction"]), _JSON
    ),
)
def test_whatever_is_asked_nothing_else_is_raised(
    provider: str, contents: Any, more: dict[str, Any]
) -> None:
    """A request is translated or refused, whatever stands in it."""
    try:
        said: Any = translated({"contents": contents, **more}, GEMINI, provider).body
    except Untranslatable as refused:
        said = refused.member

    assert said


@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
@given(data=st.data())
def test_a_mutated_request_is_translated_or_refused(provider: str, data: st.DataObject) -> None:
    """One value of a request replaced: no exception but ours."""
    body = deepcopy(dict(data.draw(st.sampled_from(list(ASKED[GEMINI].values())))))
    members = sorted(_names(body))
    replaced(body, data.draw(st.sampled_from(members)), data.draw(_JSON))

    try:
        said: Any = translated(body, GEMINI, provider).body
    except Untranslatable as refused:
        said = refused.member

    assert said


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if isinstance(value, dict):
        return set(value).union(*map(_names, value.values()))
    return set()
