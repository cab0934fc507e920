from typing import Any

import pytest

from guardrail_gw.core.exchange import Head
from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import OperationRefused
from tests.support.responses import RESPONSES, body

OPERATIONS = [Head(), Head(path="/responses/compact"), Head(path="/responses/input_tokens")]


@pytest.mark.parametrize("head", OPERATIONS, ids=["response", "compact", "count"])
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Previous_Response_ID": "resp_1"}, "operation.stateful"),
        ({"CONVERSATION": {"id": "conv_1"}}, "operation.stateful"),
        ({"conversation": {"id": "conv_1", "name": "Anna"}}, "operation.stateful"),
        ({"conversation": {"name": "Anna"}}, "operation.stateful"),
        ({"previous_response_id": 0.5}, "operation.stateful"),
        ({"previous_response_id": "Anna Schmidt"}, "operation.stateful"),
        ({"previous_response_id": "resp_1", "conversation": "conv_1"}, "operation.stateful"),
        ({"background": True}, "operation.background"),
        ({"background": "yes"}, "operation.background"),
        ({"BACKGROUND": True}, "operation.background"),
        ({"background_options": {"continuation_id": "x"}}, "operation.background"),
    ],
)
def test_what_nobody_can_answer_is_refused(more: dict[str, Any], code: str, head: Head) -> None:
    """What does not say for sure where it goes on, and answers that come later."""
    with pytest.raises(OperationRefused) as refused:
        RESPONSES.parse(body("hello", **more), head)

    assert (refused.value.code, refused.value.status) == (code, 400)
    assert [*more][-1].casefold() in refused.value.detail
    assert "_1" not in refused.value.detail


@pytest.mark.parametrize("head", OPERATIONS, ids=["response", "compact", "count"])
@pytest.mark.parametrize(
    ("more", "kind", "id_"),
    [
        ({"previous_response_id": "resp_1"}, "response", "resp_1"),
        ({"conversation": "conv_1"}, "conversation", "conv_1"),
        ({"conversation": {"id": "conv_1"}}, "conversation", "conv_1"),
    ],
)
def test_what_a_request_goes_on_from_is_known(
    more: dict[str, Any], kind: str, id_: str, head: Head
) -> None:
    """By kind and name; only an answer adds to a conversation, and the name is not scanned."""
    question = RESPONSES.parse(body("hello", **more), head)

    assert question.recall is not None
    assert (question.recall.kind, question.recall.id) == (kind, id_)
    assert question.recall.adds is (kind == "conversation" and not head.path)
    assert Feature.STORAGE in question.features
    assert [s.text for s in question.segments] == ["hello"]
    assert id_ in dict(RESPONSES.leaves(question))


@pytest.mark.parametrize(
    "more",
    [
        {"previous_response_id": None, "conversation": None, "background": None},
        {"previous_response_id": "", "background": False},
        {"store": False},
        {"store": None},
        {"prompt_cache_retention": "in-memory"},
        {"prompt_cache_retention": None},
        {"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}},
        {"prompt_cache_options": None},
        {"prompt": None},
        {"context_management": [{"type": "compaction", "compact_threshold": 1000}]},
        {"truncation": "auto", "include": ["reasoning.encrypted_content"]},
    ],
)
def test_what_asks_for_an_answer_alone(more: dict[str, Any]) -> None:
    """Members that say nothing, or leave nothing with the provider, ask for no feature."""
    assert RESPONSES.parse(body("hello", **more)).features == {}


@pytest.mark.parametrize(
    ("more", "features"),
    [
        ({"store": True}, {Feature.STORAGE: "/store"}),
        ({"Store": True}, {Feature.STORAGE: "/store"}),
        ({"prompt_cache_retention": "24h"}, {Feature.STORAGE: "/prompt_cache_retention"}),
        ({"prompt_cache_options": {"ttl": "12h"}}, {Feature.STORAGE: "/prompt_cache_options"}),
        ({"prompt_cache_options": "x"}, {Feature.STORAGE: "/prompt_cache_options"}),
        (
            {"prompt_cache_options": {"comparison_response_id": "resp_1"}},
            {Feature.STORAGE: "/prompt_cache_options"},
        ),
        (
            {"prompt": {"id": "pmpt_1"}},
            {Feature.STORAGE: "/prompt", Feature.HOSTED_TOOLS: "/prompt"},
        ),
        ({"models": ["a", "b"]}, {Feature.ROUTING: "/models"}),
        ({"plugins": [{"id": "web"}]}, {Feature.HOSTED_TOOLS: "/plugins"}),
    ],
)
def test_what_leads_elsewhere_is_a_feature(
    more: dict[str, Any], features: dict[Feature, str]
) -> None:
    """Fields by which a client has its text kept or handed on are noted with their place."""
    assert RESPONSES.parse(body("hello", **more)).features == features
