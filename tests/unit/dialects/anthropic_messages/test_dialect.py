from guardrail_gw.dialects.paths import anthropic
from tests.support.messages import MESSAGES, body, events_of


def test_where_it_is_spoken() -> None:
    """The name of configuration and records, and the paths on both sides."""
    assert (MESSAGES.name, MESSAGES.path) == ("anthropic_messages", "/messages")
    plain = anthropic("/messages", "/messages/count_tokens")
    assert MESSAGES.served == (*plain, *(f"{path}?beta=true" for path in plain))
    assert MESSAGES.weight(MESSAGES.parse(body("hi"))) == len(body("hi"))


def test_nothing_is_hidden_or_dropped() -> None:
    """Counts always come, and there are no token texts."""
    question, event = MESSAGES.parse(body("hi", stream=True)), {"type": "message_delta"}

    MESSAGES.drop_logprobs(event)

    assert not MESSAGES.hide_usage(question, event)
    assert event == {"type": "message_delta"}


def test_the_end_mark_is_an_event() -> None:
    """A stream ends with `message_stop`."""
    assert events_of(MESSAGES.done()) == [{"type": "message_stop"}]
