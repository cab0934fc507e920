"""The answers a stand-in gives in the Gemini dialect, as plain values.

Source: Gemini API reference, "generateContent", "countTokens" and "embedContent", as read in 2026.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.standin.answers import arguments, called, encoded, pieces, said
from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import Behaviour
from guardrail_gw.standin.messages import signature

OPERATIONS: Final = (
    *("generateContent", "streamGenerateContent", "countTokens"),
    *("embedContent", "batchEmbedContents"),
)

_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


@dataclass(slots=True, kw_only=True)
class Speaking:
    """One exchange: what its path says decides what its answer is."""

    model: str
    operation: str
    in_array: bool
    """A stream is one JSON array instead of events."""
    ANSWER_ID: str = "gemini"
    _head: dict[str, Any] = field(default_factory=dict)
    _usage: dict[str, int] = field(default_factory=dict)
    _calls_in_pieces: bool = False
    _has_begun: bool = False

    def asked(self, body: Mapping[str, Any], raw: bytes) -> Asked:
        """Read a request; raises ValueError for a thought that is not the one that was signed."""
        contents = body.get("contents") or ()
        _check_signatures(contents)
        config = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
        self._calls_in_pieces = config.get("streamFunctionCallArguments") is True
        tools = (
            f for t in body.get("tools") or () for f in _named(t, "functionDeclarations") or ()
        )
        embedded = [r["content"] for r in body.get("requests") or ()] or [body.get("content") or {}]
        return Asked(
            model=self.model,
            stream=self.operation == "streamGenerateContent",
            include_usage=True,
            choices=1,
            logprobs=False,
            tools=tuple(f["name"] for f in tools),
            text=_last_user_text(contents or [{"role": "user", **c} for c in embedded]),
            returned=_returned(contents),
            turns=tuple(
                (c.get("role") == "model", "\n".join(map(_shown, c.get("parts") or ())))
                for c in contents
            ),
            body=raw.decode(errors="replace"),
        )

    def whole(self, ask: Asked, how: Behaviour, answer_id: str) -> dict[str, Any]:
        """An answer that is one object."""
        words = len(ask.text.split())
        if self.operation == "countTokens":
            return {"totalTokens": words}
        if self.operation == "embedContent":
            return {"embedding": {"values": [0.5, float(words)]}}
        if self.operation == "batchEmbedContents":
            asked = json.loads(ask.body)["requests"]
            return {"embeddings": [{"values": [0.5, float(n)]} for n, _ in enumerate(asked)]}
        self._begin(ask, answer_id)
        last = self._part(_parts(ask, how), finish="STOP")
        return {**last, "usageMetadata": self._usage}

    def events(self, ask: Asked, how: Behaviour, answer_id: str) -> Iterator[tuple[bool, bytes]]:
        """The parts of a stream, without its last.

        Yields:
            Whether the part carries content, and its bytes.
        """
        self._begin(ask, answer_id)
        for part in _parts(ask, how):
            for piece in self._pieces(part, how):
                yield True, self.event(self._part([piece]))

    def done(self, ask: Asked, how: Behaviour, answer_id: str) -> bytes:  # noqa: ARG002 - the seam's
        """The part that says that the answer is over."""
        last = self._part([{"text": ""}], finish="STOP")
        return self.event({**last, "usageMetadata": self._usage}) + b"\n]" * self.in_array

    def event(self, data: Mapping[str, Any]) -> bytes:
        """One part of a stream: an event, or an element."""
        if not self.in_array:
            return b"data: " + encoded(data) + b"\r\n\r\n"
        lead = b",\r\n" if self._has_begun else b"["
        self._has_begun = True
        return lead + encoded(data)

    def error(self, status: int) -> dict[str, Any]:
        """An error object."""
        name = _STATUSES.get(status, "INTERNAL")
        return {"error": {"code": status, "message": "as told", "status": name}}

    def _begin(self, ask: Asked, answer_id: str) -> None:
        words = len(ask.text.split())
        self._head = {"modelVersion": ask.model, "responseId": answer_id}
        self._usage = {
            "promptTokenCount": words,
            "candidatesTokenCount": words,
            "totalTokenCount": 2 * words,
        }

    def _part(self, parts: Sequence[Mapping[str, Any]], *, finish: str = "") -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        return {"candidates": [candidate], **self._head}

    def _pieces(self, part: Mapping[str, Any], how: Behaviour) -> Iterator[dict[str, Any]]:
        if "text" in part:
            signed = {k: v for k, v in part.items() if k == "thoughtSignature"}
            rest = {k: v for k, v in part.items() if k == "thought"}
            cut = pieces(part["text"], how.chars)
            yield from ({"text": piece, **rest} for piece in cut[:-1])
            yield from ({"text": piece, **rest, **signed} for piece in cut[-1:])
        elif self._calls_in_pieces:
            yield from _call_in_pieces(part["functionCall"], how)
        else:
            yield dict(part)


def _parts(ask: Asked, how: Behaviour) -> list[dict[str, Any]]:
    text = said(ask, how)
    names = called(ask, how)
    if names:
        given = arguments(ask, how)
        return [{"functionCall": {"name": name, "args": given}} for name in names]
    if how.content == "think":
        signed = {"text": text, "thoughtSignature": signature(text)}
        return [{"text": text, "thought": True}, signed]
    return [{"text": text}]


def _call_in_pieces(call: Mapping[str, Any], how: Behaviour) -> Iterator[dict[str, Any]]:
    yield {"functionCall": {"name": call["name"], "willContinue": True}}
    for piece in (*pieces(call["args"]["text"], how.chars), ""):
        argument: dict[str, Any] = {"jsonPath": "$.text", "stringValue": piece}
        if piece:
            argument["willContinue"] = True
        yield {"functionCall": {"partialArgs": [argument], "willContinue": True}}
    yield {"functionCall": {}}


def _last_user_text(contents: Sequence[Mapping[str, Any]]) -> str:
    """The texts and results of the last message that is not the model's, in lines."""
    for content in reversed(contents):
        if content.get("role") != "model":
            shown = (_shown(part) for part in content.get("parts") or ())
            return "\n".join(filter(None, shown))
    return ""


def _returned(contents: Sequence[Mapping[str, Any]]) -> str | None:
    """The results of functions in the last message, in lines."""
    parts = contents[-1].get("parts") or () if contents else ()
    results = [_shown(part) for part in parts if _named(part, "functionResponse") is not None]
    return "\n".join(results) if results else None


def _shown(part: Mapping[str, Any]) -> str:
    result = _named(part, "functionResponse")
    if result is not None:
        return json.dumps(result.get("response"), ensure_ascii=False)
    return str(part.get("text") or "")


def _named(message: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    """A member by its name, which proto JSON also takes in snake case."""
    return message.get(name, message.get(re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", name)))


def _check_signatures(contents: Sequence[Mapping[str, Any]]) -> None:
    for content in contents:
        thought = ""
        for part in content.get("parts") or ():
            if part.get("thought"):
                thought += part["text"]
            signed = part.get("thoughtSignature")
            if thought and signed is not None and _raw(signed) != _raw(signature(thought)):
                raise ValueError("a thought was changed")


def _raw(signature: str) -> bytes:
    """The bytes of a signature; clients write them in either alphabet of base64."""
    return urlsafe_b64decode(signature.replace("+", "-").replace("/", "_"))
