"""Requests for completions: parsed once, and what of them is structure.

Source: OpenAI API reference, "Create completion" (legacy), as read in 2026.
"""

from typing import Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import BARE, Head, Question
from guardrail_gw.dialects.openai_chat.request import asked
from guardrail_gw.dialects.parsed import addressed, named
from guardrail_gw.dialects.stream_usage import asks_for_usage
from guardrail_gw.dialects.texts import biases, texts
from guardrail_gw.dialects.walk import Layer, Shape, Walk, free, many, number, record

NAME: Final = "openai_completions"
PROMPT: Final = "prompt"

REQUEST: Final[dict[str, Shape]] = {
    PROMPT: many(free),
    **dict.fromkeys(("suffix", "stop", "user", "echo", "stream"), free),
    **dict.fromkeys(("n", "best_of", "logprobs", "max_tokens", "seed"), number),
    **dict.fromkeys(("temperature", "top_p", "presence_penalty", "frequency_penalty"), number),
    "logit_bias": biases,
    "stream_options": record({"include_usage": free, "include_obfuscation": free}),
}
"""Top-level members but for `model`; others are free-form."""


def parse_question(raw: bytes, head: Head = BARE) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    document = parse(named(raw, head), names=REQUEST)
    body = addressed(document.value)
    texts(body, PROMPT)
    asks = asks_for_usage(body)
    walk = Walk(layers=[Layer(document)])
    known = {key: value for key, value in body.items() if key != "model"}
    record(REQUEST)(walk, known, (), "")
    return asked(NAME, body, walk, head, asks=asks)
