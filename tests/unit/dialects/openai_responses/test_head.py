import pytest

from guardrail_gw.dialects.openai_responses.head import answers
from tests.support.responses import RESPONSES


@pytest.mark.parametrize(
    ("target", "path", "response"),
    [
        ("/v1/responses", "/responses", True),
        ("/v1/responses?x=Anna", "/responses", True),
        ("/v1/responses/compact", "/responses/compact", False),
        ("/v1/responses/input_tokens", "/responses/input_tokens", False),
        ("/v1/responses/input%5Ftokens", "/responses/input_tokens", False),
        ("http://anna.schmidt@example.org/v1/responses", "/responses", True),
    ],
)
def test_only_the_operation_goes_on(target: str, path: str, *, response: bool) -> None:
    """Neither headers nor the query reach a provider."""
    head = RESPONSES.head(target, {"openai-beta": "Anna Schmidt", "x-other": "Anna"})

    assert (head.path, head.headers) == (path, ())
    assert answers(head) is response
