"""Requests in the words of whoever is asked."""

import json
from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.core.deployment import Deployment, Form
from guardrail_gw.core.exchange import BARE, Arrival, Head, Inbound, Redacted
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.parameters import Bounds, Parameters, Takes
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.foreign import foreign
from guardrail_gw.routing.wording import Wordings
from tests.support.routing_world import deployment

CHAT, MESSAGES, GEMINI = "openai_chat", "anthropic_messages", "gemini_generate"
TABLE = Parameters(
    renamed=(("max_completion_tokens", "max_new_tokens"),),
    dropped=("seed",),
    bounds=(("temperature", Bounds(most=1)), ("n", Bounds(most=1, is_refused_beyond=True))),
    required=(("max_new_tokens", 9),),
)


def wordings(body: dict[str, Any], dialect: str = CHAT, head: Head = BARE) -> Wordings:
    """Those of a request that needed no redaction."""
    question = BY_NAME[dialect].parse(json.dumps(body).encode(), head)
    redacted = Redacted(
        inbound=Inbound(
            arrival=Arrival(id=RequestId("r"), surface=dialect, received_us=0),
            principal=Principal(tenant="t", team="t", user="u", key_id="k"),
            question=question,
        ),
        envelope=BY_NAME[dialect].rewrite(question, {}),
        originals={},
        entities={},
        rules=(),
        policy_digest="",
    )
    return Wordings(redacted, BY_NAME)


def body_for(made: Wordings, to: Deployment) -> dict[str, Any]:
    """What a deployment is sent."""
    assert made.rejection(to) is None
    sent: dict[str, Any] = json.loads(made.of(to).body(to))
    return sent


ASKED = {"model": "m", "messages": [{"role": "user", "content": "a"}], "seed": 7}


def test_its_own_dialect_is_sent_as_it_came() -> None:
    """Nothing but the model's name changes where nothing has to."""
    made = wordings(ASKED)
    to = deployment("a", dialect=CHAT)

    assert made.of(to).body(to) == json.dumps(ASKED).replace('"m"', '"model-of-a"').encode()
    assert made.of(to).left_out == ()


def test_another_dialect_is_sent_in_its_words() -> None:
    """With its own path and headers, its model, and what the translation left out noted."""
    made = wordings(ASKED)
    to = deployment("a", dialect=MESSAGES)

    assert body_for(made, to)["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "a"}]}
    ]
    assert body_for(made, to)["model"] == "model-of-a"
    assert made.of(to).head.path == "/messages"
    assert made.of(to).left_out == ("seed",)


@pytest.mark.parametrize("stream", [True, False])
def test_a_model_that_the_path_names_is_in_no_body(*, stream: bool) -> None:
    """Nor does a body say what the path says; what is fixed for the deployment it does."""
    made = wordings({**ASKED, "stream": stream})
    to = deployment("a", dialect=GEMINI)
    fixed = replace(to, fixed_members=(("serviceTier", "flex"),))
    said = {
        "contents": [{"role": "user", "parts": [{"text": "a"}]}],
        "generationConfig": {"seed": 7},
    }

    assert body_for(made, to) == said
    assert body_for(made, fixed) == {"serviceTier": "flex", **said}
    operation = "streamGenerateContent?alt=sse" if stream else "generateContent"
    path = made.of(to).dialect.address(made.of(to).head, to.model)
    assert path == f"/models/model-of-a:{operation}"


def test_a_provider_is_told_by_the_names_it_reads() -> None:
    """Members of a translated body have the names that the catalog gives for the provider."""
    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "a"}]}
    made = wordings(body, MESSAGES)
    renamed = (("max_completion_tokens", "max_tokens"),)
    to = replace(deployment("a", dialect=CHAT), renamed_members=renamed)

    assert body_for(made, to)["max_tokens"] == 5
    assert "max_completion_tokens" not in body_for(made, to)
    assert body_for(made, deployment("b", dialect=CHAT))["max_completion_tokens"] == 5


def test_what_cannot_be_said_is_a_rejection_that_names_the_member() -> None:
    """By the dialect's name for it, never by what the client wrote."""
    made = wordings({**ASKED, "n": 2})

    rejection = made.rejection(deployment("a", dialect=MESSAGES))

    assert rejection is not None
    assert rejection.reason == "routing.untranslatable"
    assert rejection.detail == "anthropic_messages has no words for n"
    with pytest.raises(TypeError):
        made.of(deployment("a", dialect=MESSAGES))


def test_counting_tokens_is_not_translated() -> None:
    """An operation that the other dialect has not is another dialect's."""
    head = Head(path="/messages/count_tokens")
    made = wordings({"model": "m", "messages": []}, MESSAGES, head)

    rejection = made.rejection(deployment("a", dialect=CHAT))

    assert rejection is not None
    assert rejection.reason == "routing.dialect"


def test_what_is_fixed_for_a_deployment_is_in_a_translation() -> None:
    """A fixed member stands in it, and one that the translation says itself is a rejection."""
    made = wordings({**ASKED, "user": "u"})
    to = replace(deployment("a", dialect=MESSAGES), fixed_members=(("inference_geo", "us"),))
    clash = replace(deployment("b", dialect=MESSAGES), fixed_members=(("Metadata", "x"),))

    rejection = made.rejection(clash)

    assert body_for(made, to)["inference_geo"] == "us"
    assert rejection is not None
    assert rejection.reason == "routing.fixed_member"


async def test_a_large_request_is_translated_before_anybody_asks() -> None:
    """Away from the event loop, once for each dialect."""
    made = wordings({**ASKED, "messages": [{"role": "user", "content": "a" * 300_000}]})
    to = deployment("a", dialect=MESSAGES)

    await made.prepare([to])
    before = made.of(to)

    assert made.of(to) is before
    assert len(before.body(to)) > 300_000


async def test_thoughts_of_others_are_cut_out_once() -> None:
    """Of a large request before anybody asks; a body without any is sent as it came."""
    thought = {"type": "thinking", "thinking": "a" * 300_000, "signature": foreign("", "")}
    said = [{"role": "assistant", "content": [thought, {"type": "text", "text": "b"}]}]
    made = wordings({"model": "m", "max_tokens": 5, "messages": said}, MESSAGES)
    to = deployment("a", dialect=MESSAGES)

    await made.prepare([to])
    sent = made.of(to).body(to)

    assert made.of(to).body(to) is sent
    assert json.loads(sent)["messages"] == [
        {"role": "assistant", "content": [{"type": "text", "text": "b"}]}
    ]


async def test_a_translation_is_encoded_once_for_each_way_of_naming() -> None:
    """Attempts share its bytes; another provider's names make others."""
    made = wordings({"model": "m", "max_tokens": 5, "messages": []}, MESSAGES)
    renamed = (("max_completion_tokens", "max_tokens"),)
    one = deployment("a", dialect=CHAT)
    other = replace(deployment("b", dialect=CHAT), renamed_members=renamed)

    assert made.of(one).rest(one) is made.of(one).rest(one)
    assert made.of(one).rest(one) != made.of(other).rest(other)


def test_a_body_in_its_own_dialect_is_fitted_to_its_provider() -> None:
    """As the catalog's table says, with a note of what the provider is not told."""
    made = wordings({**ASKED, "temperature": 1.5})
    to = replace(deployment("a", dialect=CHAT), parameters=((CHAT, TABLE),))

    sent = made.of(to).fitted(to)

    assert json.loads(sent.body) == {
        "model": "model-of-a",
        "max_new_tokens": 9,
        "messages": ASKED["messages"],
        "temperature": 1,
    }
    assert sent.left_out == ("seed", "temperature above 1")
    assert body_for(made, deployment("b", dialect=CHAT))["seed"] == 7


def test_a_translation_is_fitted_as_well() -> None:
    """After its members have the names that the provider has for a translation's."""
    body = {"model": "m", "max_tokens": 5, "messages": [], "top_k": 3}
    made = wordings(body, MESSAGES)
    to = replace(deployment("a", dialect=CHAT), parameters=((CHAT, TABLE),))

    sent = made.of(to).fitted(to)

    assert json.loads(sent.body)["max_new_tokens"] == 5
    assert sent.left_out == ("top_k",)


def test_a_model_that_thinks_is_told_to() -> None:
    """Two models of one dialect are told in their own words; the catalog says which is which."""
    made = wordings({**ASKED, "reasoning_effort": "low"})
    one = replace(deployment("a", dialect=MESSAGES), taken=((MESSAGES, frozenset({Takes.BUDGET})),))
    other = replace(
        deployment("b", dialect=MESSAGES), taken=((MESSAGES, frozenset({Takes.ADAPTIVE})),)
    )
    third = deployment("c", dialect=MESSAGES)

    assert body_for(made, one)["thinking"] == {"type": "enabled", "budget_tokens": 1024}
    assert body_for(made, other)["output_config"] == {"effort": "low"}
    assert "thinking" not in body_for(made, third)
    assert "reasoning_effort" in made.of(third).left_out


def test_a_table_of_another_dialect_does_not_bind() -> None:
    """A provider may speak two, and differ in one."""
    made = wordings(ASKED)
    to = replace(deployment("a", dialect=CHAT), parameters=((MESSAGES, TABLE),))

    assert body_for(made, to)["seed"] == 7


def test_what_a_provider_does_not_take_is_a_rejection_that_names_the_member() -> None:
    """And the bound, both from the table."""
    made = wordings({**ASKED, "n": 3})
    to = replace(deployment("a", dialect=CHAT), parameters=((CHAT, TABLE),))

    rejection = made.rejection(to)

    assert rejection is not None
    assert rejection.reason == "routing.parameter"
    assert rejection.detail.endswith(" does not take n above 1")


async def test_a_large_body_is_fitted_before_anybody_asks() -> None:
    """Away from the event loop, once for each deployment; what cannot be sent is left alone."""
    made = wordings({**ASKED, "messages": [{"role": "user", "content": "a" * 300_000}]})
    refusing = Parameters(refused=("seed",))
    to = replace(deployment("a", dialect=CHAT), parameters=((CHAT, TABLE),))
    not_to = replace(deployment("b", dialect=CHAT), parameters=((CHAT, refusing),))

    await made.prepare([to, not_to])

    assert made.of(to).fitted(to) is made.of(to).fitted(to)
    assert made.rejection(not_to) is not None


def test_a_provider_s_own_form_decides_the_address() -> None:
    """Also of a translated request; others are asked where the dialect says."""
    made = wordings({"model": "m", "max_tokens": 5, "messages": [], "stream": True}, MESSAGES)
    form = Form(dialect=CHAT, path="/whole", stream_path="/d/{model}{operation}?v=1")
    to = replace(deployment("a", dialect=CHAT), forms=(form,))

    assert made.of(to).address(to) == "/d/model-of-a/chat/completions?v=1"
    assert (
        made.of(deployment("b", dialect=CHAT)).address(to) == "/d/model-of-a/chat/completions?v=1"
    )
    assert made.of(to).address(deployment("b", dialect=CHAT)) == "/chat/completions"


def test_an_operation_that_a_provider_lacks_is_asked_elsewhere() -> None:
    """A provider that only answers messages is not asked to count them."""
    head = Head(path="/messages/count_tokens?beta=true")
    made = wordings({"model": "m", "messages": []}, MESSAGES, head)
    form = Form(dialect=MESSAGES, path="/raw", operations=("/messages",))

    rejection = made.rejection(replace(deployment("a", dialect=MESSAGES), forms=(form,)))

    assert rejection is not None
    assert rejection.reason == "routing.operation"
    assert made.rejection(deployment("b", dialect=MESSAGES)) is None


BETA = ("anthropic-beta", "a-2025-01-01,b-2025-01-01")
INVOKED = Form(
    dialect=MESSAGES,
    path="/invoke",
    without=("model", "stream"),
    members=(("anthropic_version", "v"),),
    from_headers=(("anthropic-beta", "anthropic_beta"),),
)


def test_a_cloud_is_told_in_members_what_the_dialect_says_elsewhere() -> None:
    """Model and stream leave the body, a header becomes a list in it, and the rest stays."""
    head = Head(path="/messages", headers=(("anthropic-version", "2023-06-01"), BETA))
    asked = {"model": "m", "max_tokens": 5, "messages": [], "stream": True, "x": 1.50}
    made = wordings(asked, MESSAGES, head)
    to = replace(deployment("a", dialect=MESSAGES), forms=(INVOKED,))

    assert made.rejection(to) is None
    assert made.of(to).body(to) == (
        b'{"anthropic_version":"v","anthropic_beta":["a-2025-01-01", "b-2025-01-01"],'
        b'"max_tokens": 5,"messages": [],"x": 1.5}'
    )
    assert made.of(to).headers(to) == (("anthropic-version", "2023-06-01"),)
    assert made.of(to).headers(deployment("b", dialect=MESSAGES)) == head.headers


def test_a_member_and_a_header_that_say_the_same_are_not_both_sent() -> None:
    """Of the client's own member and the header, nobody knows which counts."""
    asked = {"model": "m", "max_tokens": 5, "messages": [], "anthropic_beta": []}
    to = replace(deployment("a", dialect=MESSAGES), forms=(INVOKED,))

    alone = wordings(asked, MESSAGES, Head(path="/messages")).rejection(to)
    both = wordings(asked, MESSAGES, Head(path="/messages", headers=(BETA,))).rejection(to)

    assert alone is None
    assert both is not None
    assert both.reason == "routing.fixed_member"


async def test_a_large_body_is_given_its_members_before_anybody_asks() -> None:
    """Away from the event loop, and once for each deployment, however often it is asked."""
    asked = {"model": "m", "max_tokens": 5, "messages": [], "x": "a" * 300_000}
    made = wordings(asked, MESSAGES, Head(path="/messages"))
    to = replace(deployment("a", dialect=MESSAGES), forms=(INVOKED,))

    await made.prepare([to])
    before = made.of(to).body(to)

    assert before.startswith(b'{"anthropic_version":"v","max_tokens"')
    assert made.of(to).body(to) is before
