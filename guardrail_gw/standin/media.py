"""The answers a stand-in gives where content is not text: pictures, speech, recordings, judgments.

Source: OpenAI API reference, "Create moderation", "Create image", "Create speech", "Create
transcription".
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Final

_PROMPT: Final = re.compile(rb'name="prompt"\r\n\r\n(.*?)\r\n--', re.DOTALL)


def moderated(raw: bytes) -> dict[str, Any]:
    """Nothing is ever flagged."""
    said = json.loads(raw)["input"]
    count = len(said) if isinstance(said, list) else 1
    one = {"flagged": False, "categories": {"violence": False}, "category_scores": {"violence": 0}}
    return {"id": "modr_standin", "model": "standin", "results": [one] * count}


def painted(raw: bytes) -> dict[str, Any]:
    """A picture of nothing, and the prompt as it was understood."""
    picture = base64.b64encode(b"\x89PNG" + hashlib.sha256(raw).digest()).decode()
    prompt = json.loads(raw)["prompt"]
    return {"created": 1_700_000_000, "data": [{"b64_json": picture, "revised_prompt": prompt}]}


def spoken(raw: bytes) -> bytes:
    """A recording of nothing."""
    return b"ID3\x04" + hashlib.sha256(raw).digest()


def written_down(raw: bytes) -> dict[str, Any]:
    """What the prompt said was to be expected."""
    prompt = _PROMPT.search(raw)
    return {"text": prompt[1].decode() if prompt else "nothing"}


ANSWERS: Final[dict[str, Callable[[bytes], dict[str, Any] | bytes]]] = {
    "/v1/moderations": moderated,
    "/v1/images/generations": painted,
    "/v1/audio/speech": spoken,
    "/v1/audio/transcriptions": written_down,
}
