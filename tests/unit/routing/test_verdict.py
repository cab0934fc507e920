from typing import Any

import pytest

from guardrail_gw.core.fallback import Cause
from guardrail_gw.errors import (
    UpstreamBroken,
    UpstreamFailed,
    UpstreamFault,
    UpstreamFiltered,
    UpstreamOverloaded,
    UpstreamRateLimited,
    UpstreamRefused,
    UpstreamTooLong,
)
from guardrail_gw.routing.verdict import broken_off, cause_of, nobody_could, refusal


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        (["http_429", "http_429"], UpstreamRateLimited),
        (["http_529"], UpstreamOverloaded),
        (["http_429", "http_503"], UpstreamOverloaded),
        (["http_429", "timeout"], UpstreamFailed),
        (["http_500"], UpstreamFailed),
        ([], UpstreamFailed),
    ],
)
def test_what_all_attempts_come_to(results: list[str], kind: type[UpstreamFailed]) -> None:
    """Only when every attempt was turned away for the same reason is that the client's, too."""
    assert type(nobody_could(results, "no")) is kind


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (["http_429"], "no: the provider is asked too often"),
        (["http_529"], "no: the provider has too much to do"),
        (["http_500"], "no"),
    ],
)
def test_the_words_say_why(results: list[str], words: str) -> None:
    """A person who is shown neither status nor code can still tell whether waiting helps."""
    assert nobody_could(results, "no").detail == words


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"error": {"type": "overloaded_error", "message": "canary"}}, UpstreamOverloaded),
        ({"error": {"type": "rate_limit_error"}}, UpstreamRateLimited),
        ({"error": {"code": "rate_limit_exceeded"}}, UpstreamRateLimited),
        ({"error": {"code": 503, "status": "UNAVAILABLE"}}, UpstreamOverloaded),
        ({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}, UpstreamRateLimited),
        ({"error": {"code": "content_filter", "message": "canary"}}, UpstreamFiltered),
        ({"error": {"type": "throttlingException"}}, UpstreamRateLimited),
        ({"error": {"type": "serviceUnavailableException"}}, UpstreamOverloaded),
        ({"error": {"type": "modelStreamErrorException"}}, UpstreamBroken),
        ({"error": {"code": 500, "status": "INTERNAL"}}, UpstreamBroken),
        ({"error": {"type": "api_error"}}, UpstreamBroken),
        ({"error": {"type": ["overloaded_error"]}}, UpstreamBroken),
        ({"error": "overloaded_error"}, UpstreamBroken),
        (None, UpstreamBroken),
    ],
)
def test_an_error_in_mid_answer_keeps_its_meaning(data: Any, kind: type[UpstreamFault]) -> None:
    """Its type decides, its words are nobody's; the outcome is that the answer was cut."""
    fault = broken_off("eu-1", data)

    assert type(fault) is kind
    assert fault.outcome == "truncated"
    assert "canary" not in fault.detail


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error":{"code":"content_filter","message":"canary","status":400}}', UpstreamFiltered),
        (b'{"error":{"type":"content_policy_violation"}}', UpstreamFiltered),
        (b'{"error":{"code":"context_length_exceeded"}}', UpstreamTooLong),
        (b'{"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}', UpstreamTooLong),
        (b'{"message":"Input is too long for requested model."}', UpstreamTooLong),
        (
            b'{"id":"x","message":"number of tokens in the prompt cannot exceed 8"}',
            UpstreamTooLong,
        ),
        (b'{"message":"too many tokens: max tokens must be less than or equal"}', UpstreamRefused),
        (b'{"error":{"message":"It exceeds the maximum number of tokens"}}', UpstreamTooLong),
        (b'{"error":{"message":"canary is too long"}}', UpstreamRefused),
        (b'{"error":{"message":"content_filter"}}', UpstreamRefused),
        (b"content_filter", UpstreamRefused),
    ],
)
def test_a_filter_s_refusal_is_told_from_others(body: bytes, kind: type[UpstreamFault]) -> None:
    """The provider's code decides, with the status that the provider gave; its words do not."""
    refused = refusal("eu-1", 400, body)

    assert type(refused) is kind
    assert refused.status == 400
    assert "canary" not in refused.detail + str(refused.facts)


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (400, b'{"error":{"code":"content_filter"}}', Cause.CONTENT_POLICY),
        (413, b"", Cause.UNFIT),
        (400, b'{"error":{"code":"context_length_exceeded"}}', Cause.UNFIT),
        (400, b'{"error":{"code":"invalid_value"}}', None),
        (404, b"", None),
    ],
)
def test_a_refusal_may_be_a_cause_to_ask_another_model(
    status: int, body: bytes, cause: Cause | None
) -> None:
    """A filter and a request that is too long; nothing else."""
    assert cause_of(refusal("eu-1", status, body)) is cause
