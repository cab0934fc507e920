"""The answers a stand-in gives to OpenAI embeddings: a vector that says how long a text was.

Source: OpenAI API reference, "Create embeddings".
"""

import json
import struct
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.standin import answers
from guardrail_gw.standin.asked import Asked

ANSWER_ID: Final = "embd"

event = answers.event
error = answers.error
done = answers.done
whole = answers.whole
events = answers.events


def asked(body: Mapping[str, Any], raw: bytes) -> Asked:
    """Read a request."""
    texts = _texts(body)
    return Asked(
        model=str(body.get("model", "")),
        stream=False,
        include_usage=True,
        choices=1,
        logprobs=False,
        tools=(),
        text="\n".join(texts),
        body=raw.decode(errors="replace"),
    )


def embedded(ask: Asked) -> dict[str, Any]:
    """A list of embeddings, each the text's length and a half, as numbers or as base64."""
    body = json.loads(ask.body)
    vectors = [(float(len(text)), 0.5) for text in _texts(body)]
    in_base64 = body.get("encoding_format") == "base64"
    tokens = len(ask.text.split())
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": b64encode(struct.pack("<2f", *v)).decode() if in_base64 else list(v),
            }
            for index, v in enumerate(vectors)
        ],
        "model": ask.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _texts(body: Mapping[str, Any]) -> list[str]:
    asked_for = body["input"]
    return [asked_for] if isinstance(asked_for, str) else list(asked_for)
