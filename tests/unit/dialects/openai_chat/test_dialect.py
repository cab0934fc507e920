from guardrail_gw.core.exchange import BARE
from guardrail_gw.core.ports import Dialect
from tests.support.chat import CHAT, body, chunk


def test_it_is_a_dialect() -> None:
    """The object offers what the rooms ask of a dialect."""
    dialect: Dialect = CHAT

    assert dialect.name == "openai_chat"
    assert dialect.address(BARE, "gpt") == "/chat/completions"
    assert CHAT.weight(CHAT.parse(body("hi"))) == len(body("hi"))


def test_counts_that_nobody_asked_for_are_hidden() -> None:
    """The extra chunk goes, and the null that providers add to the others."""
    asked = CHAT.parse(body("x", stream=True, stream_options={"include_usage": True}))
    silent = CHAT.parse(body("x", stream=True))
    extra = {"choices": [], "usage": {"prompt_tokens": 1}}
    plain = {**chunk({"content": "x"}), "usage": None}

    assert CHAT.hide_usage(silent, dict(extra))
    assert not CHAT.hide_usage(asked, dict(extra))
    assert not CHAT.hide_usage(silent, plain)
    assert "usage" not in plain


def test_finished_choices_are_named() -> None:
    """An empty finish reason finishes nothing."""
    data = {"choices": [{"index": 1, "finish_reason": "stop"}, {"index": 0, "finish_reason": ""}]}

    assert CHAT.finished(data) == {1}
