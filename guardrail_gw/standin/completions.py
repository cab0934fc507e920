"""The answers a stand-in gives to OpenAI completions, as plain values.

Source: OpenAI API reference, "Create completion" (legacy) and "The completion object".
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.standin import answers
from guardrail_gw.standin.answers import pieces
from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour

ANSWER_ID: Final = "cmpl"
_CREATED: Final = 1_700_000_000

done = answers.done
event = answers.event
error = answers.error


def asked(body: Mapping[str, Any], raw: bytes) -> Asked:
    """Read a request; several prompts are one text of several lines."""
    prompt = body.get("prompt") or ""
    options = body.get("stream_options") or {}
    return Asked(
        model=str(body.get("model", "")),
        stream=body.get("stream") is True,
        include_usage=options.get("include_usage") is True,
        choices=int(body.get("n") or 1),
        logprobs=body.get("logprobs") is not None,
        tools=(),
        text=prompt if isinstance(prompt, str) else "\n".join(prompt),
        body=raw.decode(errors="replace"),
    )


def whole(ask: Asked, how: Behaviour, answer_id: str) -> dict[str, Any]:
    """A `text_completion` object."""
    text = answers.said(ask, how)
    return {
        **_head(ask, answer_id),
        "choices": [_choice(ask, how, index, text, "stop") for index in range(ask.choices)],
        "usage": answers.usage(ask, how),
    }


def events(ask: Asked, how: Behaviour, answer_id: str) -> Iterator[tuple[bool, bytes]]:
    """The events of a stream, without its end mark.

    Yields:
        Whether the event carries content, and its bytes.
    """
    head = _head(ask, answer_id)
    for text in pieces(answers.said(ask, how), how.chars):
        for index in range(ask.choices):
            yield True, event({**head, "choices": [_choice(ask, how, index, text)]})
    for index in range(ask.choices):
        yield False, event({**head, "choices": [_choice(ask, how, index, "", "stop")]})
    if ask.include_usage:
        yield False, event({**head, "choices": [], "usage": answers.usage(ask, how)})


def _head(ask: Asked, answer_id: str) -> dict[str, Any]:
    return {
        "id": answer_id,
        "object": "text_completion",
        "created": _CREATED,
        "model": ask.model,
    }


def _choice(
    ask: Asked, how: Behaviour, index: int, text: str, finish: str | None = None
) -> dict[str, Any]:
    tokens = pieces(text, how.chars)
    logprobs = {"tokens": tokens, "token_logprobs": [-0.5] * len(tokens), "top_logprobs": []}
    return {
        "text": text,
        "index": index,
        "logprobs": logprobs if ask.logprobs else None,
        "finish_reason": finish,
    }
