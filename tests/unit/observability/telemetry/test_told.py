"""What is told of an exchange, whatever its journal holds."""

from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import Arrival, Attempt, Ending, Journal
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.passage import Passage
from guardrail_gw.observability.telemetry.told import (
    ATTRIBUTES,
    Known,
    of_answer,
    of_attempt,
    of_exchange,
)
from tests.support.routing_world import deployment

KNOWN = Known(models=frozenset({"assistant"}), deployments={"eu": deployment("eu")})
ARRIVAL = Arrival(
    id=RequestId("0190163d-8694-739b-aea5-966c26f8ad91"), surface="openai_chat", received_us=1
)
ATTEMPT = Attempt(
    deployment="eu",
    provider="openai-compatible",
    model="m",
    result="ok",
    started_us=2,
    duration_us=3,
    sent_sha256="00",
)


def test_an_answer_is_told_in_the_words_of_the_conventions() -> None:
    """Tokens that were read from the cache count as input, too."""
    journal = Journal(
        passage=Passage(asked="assistant", found=2),
        deployment="eu",
        usage=Usage(input=10, cached_input=5, output=7),
        finish="stop",
        status=200,
        attempts=[ATTEMPT],
    )

    whole = of_exchange(ARRIVAL, journal, KNOWN)
    attempt = of_attempt(ATTEMPT, 1, "openai_chat", KNOWN)
    answer = of_answer(journal)

    assert whole["gen_ai.operation.name"] == "chat"
    assert whole["gen_ai.request.model"] == "assistant"
    assert whole["gen_ai.usage.input_tokens"] == 15
    assert whole["guardrail_gw.redaction.findings"] == 2
    assert attempt["gen_ai.request.model"] == "m"
    assert {"server.address", "server.port"} <= attempt.keys()
    assert answer["gen_ai.response.finish_reasons"] == ("stop",)
    assert "error.type" not in attempt


TEXTS = st.text(min_size=4, max_size=40).map("§".__add__)


@given(asked=TEXTS, finish=TEXTS, provider_id=TEXTS, fallback=TEXTS, left_out=TEXTS)
def test_nothing_that_others_wrote_is_told(
    asked: str, finish: str, provider_id: str, fallback: str, left_out: str
) -> None:
    """Names of models that are not configured, words of providers, places in bodies."""
    journal = Journal(
        passage=Passage(asked=asked),
        finish=finish,
        provider_request_id=provider_id,
        fallback=fallback,
        left_out=(left_out,),
        deployment="eu",
        ending=Ending.TRUNCATED,
        attempts=[ATTEMPT],
    )

    told = of_exchange(ARRIVAL, journal, KNOWN) | of_answer(journal)

    assert "§" not in repr(told)
    assert told.keys() <= ATTRIBUTES
    assert told["gen_ai.response.finish_reasons"] == ("other",)
