from guardrail_gw.dialects.paths import openai
from tests.support.responses import RESPONSES, body


def test_where_it_is_spoken() -> None:
    """The name of configuration and records, and the paths on both sides."""
    assert (RESPONSES.name, RESPONSES.path) == ("openai_responses", "/responses")
    assert RESPONSES.served == openai("/responses", "/responses/compact", "/responses/input_tokens")
    assert RESPONSES.weight(RESPONSES.parse(body("hi"))) == len(body("hi"))


def test_counts_are_never_hidden() -> None:
    """They come with every response, asked for or not."""
    question = RESPONSES.parse(body("hi", stream=True))

    assert not RESPONSES.hide_usage(question, {"type": "response.completed", "usage": {}})


def test_what_is_done_ends_its_item() -> None:
    """Nothing of an item's text is held back beyond an event that repeats it whole."""
    done = {"type": "response.output_text.done", "output_index": 3, "text": "x"}
    delta = {"type": "response.output_text.delta", "output_index": 3, "delta": "x"}

    assert RESPONSES.finished(done) == {3}
    assert RESPONSES.finished(delta) == set()
    assert RESPONSES.finished({"type": "response.audio.done"}) == set()


def test_the_end_mark_is_the_providers() -> None:
    """It holds the whole response, so the gateway makes none."""
    assert RESPONSES.done() == b""
