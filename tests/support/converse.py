"""Converse: what requests must look like, and what a provider answers.

Source: Amazon Bedrock Runtime API, "Converse" and "ConverseStream", as read in 2026.
"""

import functools
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jsonschema import Draft202012Validator

from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.dialects.bedrock_converse.dialect import BedrockConverse
from guardrail_gw.dialects.event_stream import encode
from guardrail_gw.dialects.translation import hub
from tests.support.seals import SIGNED

NAME: Final = "bedrock_converse"
DIALECT: Final = BedrockConverse()

_Event = tuple[str, dict[str, Any]]


def event(name: str, payload: Mapping[str, Any]) -> bytes:
    """One event of a stream."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return encode(headers, json.dumps(payload).encode())


def exception(name: str, message: str = "canary") -> bytes:
    """What ends a stream that fails."""
    headers = {
        ":exception-type": name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return encode(headers, json.dumps({"message": message}).encode())


def stream(*events: _Event) -> bytes:
    """The bytes of a stream; an event that is called an exception is one."""
    return b"".join(
        exception(name) if name.endswith("Exception") else event(name, payload)
        for name, payload in events
    )


def read(raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True) -> list[AnswerEvent]:
    """The events of an answer that arrives in pieces."""
    reader = DIALECT.reader(stream=streamed)
    edges = [0, *sorted(cuts), len(raw)]
    pieces = (raw[a:b] for a, b in itertools.pairwise(edges))
    return [*(each for piece in pieces for each in reader.feed(piece)), *reader.end()]


USAGE: Final = {
    "inputTokens": 7,
    "outputTokens": 3,
    "totalTokens": 15,
    "cacheReadInputTokens": 3,
    "cacheWriteInputTokens": 2,
}


def answered(*parts: Iterable[_Event], reason: str = "end_turn") -> list[_Event]:
    """The events of an answer whose blocks are these."""
    return [
        ("messageStart", {"role": "assistant"}),
        *(each for part in parts for each in part),
        ("messageStop", {"stopReason": reason}),
        ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 9}, "p": "abcd"}),
    ]


def delta(index: int, **piece: Any) -> _Event:
    """A piece of a block."""
    return ("contentBlockDelta", {"contentBlockIndex": index, "delta": piece, "p": "ab"})


def text(index: int, *pieces: str) -> list[_Event]:
    """A block of text, which begins without a start."""
    stop: _Event = ("contentBlockStop", {"contentBlockIndex": index})
    return [*(delta(index, text=piece) for piece in pieces), stop]


def thought(index: int, *pieces: str) -> list[_Event]:
    """A block of thoughts, signed."""
    said = [delta(index, reasoningContent={"text": piece}) for piece in pieces]
    signed = delta(index, reasoningContent={"signature": SIGNED})
    return [*said, signed, ("contentBlockStop", {"contentBlockIndex": index})]


def call(index: int, id_: str, *pieces: str) -> list[_Event]:
    """A block that calls a tool."""
    start = {"toolUse": {"toolUseId": id_, "name": "look"}}
    return [
        ("contentBlockStart", {"contentBlockIndex": index, "start": start}),
        *(delta(index, toolUse={"input": piece}) for piece in pieces),
        ("contentBlockStop", {"contentBlockIndex": index}),
    ]


def scripted(events: Iterable[hub.Event]) -> list[_Event]:
    """What a script says, as the events of a stream."""
    blocks: list[list[_Event]] = []
    for event in events:
        at = len(blocks)
        match event:
            case hub.Said(text=said) if blocks and blocks[-1][0][0] == "contentBlockDelta":
                blocks[-1].insert(-1, delta(at - 1, text=said))
            case hub.Said(text=said):
                blocks.append(text(at, said))
            case hub.Called(id=id_):
                blocks.append(call(at, id_))
            case hub.Arguments(text=piece):
                blocks[-1].insert(-1, delta(at - 1, toolUse={"input": piece}))
            case _:  # why it ends follows from what it holds; the counts are always the same
                pass
    calls = any(block[0][0] == "contentBlockStart" for block in blocks)
    return answered(*blocks, reason="tool_use" if calls else "end_turn")


def joined(events: Sequence[_Event]) -> dict[str, Any]:
    """The same answer, not streamed."""
    content: list[dict[str, Any]] = []
    for name, payload in events:
        piece = payload.get("delta", {})
        if name == "contentBlockStart":
            content.append({"toolUse": {**payload["start"]["toolUse"], "input": ""}})
        elif "toolUse" in piece:
            content[-1]["toolUse"]["input"] += piece["toolUse"]["input"]
        elif piece:
            content.append(piece)
    for block in content:
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"])
    return whole(*content, reason=dict(events)["messageStop"]["stopReason"])


ANSWERED: Final[Mapping[str, list[_Event]]] = {
    "plain": answered(text(0, "In Bon", "n.")),
    "tools": answered(
        text(0, "I look."), call(1, "call_a", "", '{"town":', '"Bonn"}'), reason="tool_use"
    ),
    "parallel tools": answered(
        call(0, "call_a", '{"town":"Bonn"}'),
        call(1, "call_b", '{"town":', '"Ulm"}'),
        reason="tool_use",
    ),
    "structured output": answered(text(0, '{"town"', ':"Bonn"}')),
    "image": answered(text(0, "A red roof.")),
    "thinking": answered(thought(0, "Hm, ", "well."), text(1, "In Bonn.")),
    "error": [
        ("messageStart", {"role": "assistant"}),
        delta(0, text="In Bon"),
        ("throttlingException", {}),
    ],
    "stream cut": answered(text(0, "In Bon", "n."))[:3],
}
"""Case -> the events of an answer."""


def whole(*content: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """An answer that is not streamed."""
    return {
        "metrics": {"latencyMs": 9},
        "output": {"message": {"role": "assistant", "content": list(content)}},
        "stopReason": reason,
        "usage": USAGE,
    }


WHOLE: Final[Mapping[str, dict[str, Any]]] = {
    "tools": whole(
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": SIGNED}}},
        {"text": "I look."},
        {"toolUse": {"toolUseId": "call_a", "name": "look", "input": {"town": "Bonn"}}},
        {"toolUse": {"toolUseId": "call_b", "name": "look", "input": {"town": "Ulm"}}},
        reason="tool_use",
    ),
    "length": whole({"text": "In"}, reason="max_tokens"),
    "refusal": whole({"text": "I do not say."}, reason="guardrail_intervened"),
    "thinking": whole(
        {"reasoningContent": {"reasoningText": {"text": "Hm, well.", "signature": SIGNED}}},
        {"text": "In Bonn."},
        reason="end_turn",
    ),
}

_IMAGE = {
    "type": "object",
    "properties": {
        "format": {"enum": ["png", "jpeg", "gif", "webp"]},
        "source": {"$ref": "#/$defs/source"},
    },
    "required": ["format", "source"],
    "additionalProperties": False,
}
_DOCUMENT = {
    "type": "object",
    "properties": {
        "format": {"enum": ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]},
        "name": {"type": "string", "pattern": r"^[A-Za-z0-9()\[\] -]{1,200}$"},
        "source": {"$ref": "#/$defs/source"},
    },
    "required": ["format", "name", "source"],
    "additionalProperties": False,
}
_ID = {"type": "string", "pattern": "^[a-zA-Z0-9_.:-]{1,64}$"}
_TOOL = {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$"}


def _closed(required: Sequence[str] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _one(**members: Any) -> dict[str, Any]:
    """A union: one member alone."""
    return {"oneOf": [_closed([name], **{name: shape}) for name, shape in members.items()]}


_SAID = {"type": "string", "minLength": 1}
_POINT = _closed(["type"], type={"const": "default"})
_RESULT = _closed(
    ["toolUseId", "content"],
    toolUseId=_ID,
    content={"type": "array", "items": _one(text=_SAID, image=_IMAGE, document=_DOCUMENT)},
    status={"enum": ["success", "error"]},
)
_BUDGET = _closed(
    ["type", "budget_tokens"],
    type={"const": "enabled"},
    budget_tokens={"type": "integer", "minimum": 1024},
)
_ADAPTIVE = _closed(
    ["type", "display"], type={"const": "adaptive"}, display={"const": "summarized"}
)
_EFFORT = {"enum": ["low", "medium", "high", "xhigh", "max"]}
_LEVEL = _closed(
    ["type", "maxReasoningEffort"],
    type={"const": "enabled"},
    maxReasoningEffort={"enum": ["low", "medium", "high"]},
)
_THINKING = [
    _closed(["thinking"], thinking=_BUDGET),
    _closed(
        ["thinking", "output_config"],
        thinking=_ADAPTIVE,
        output_config=_closed(["effort"], effort=_EFFORT),
    ),
    _closed(["reasoningConfig"], reasoningConfig=_LEVEL),
    _closed(["reasoning_effort"], reasoning_effort=_EFFORT),
]
"""How models of several makers are told to think."""
REQUEST: Final[dict[str, Any]] = {
    **_closed(
        ["messages"],
        messages={
            "type": "array",
            "items": _closed(
                ["role", "content"],
                role={"enum": ["user", "assistant"]},
                content={
                    "type": "array",
                    "minItems": 1,
                    "items": _one(
                        text=_SAID,
                        image=_IMAGE,
                        document=_DOCUMENT,
                        toolUse=_closed(
                            ["toolUseId", "name", "input"],
                            toolUseId=_ID,
                            name=_TOOL,
                            input={"type": "object"},
                        ),
                        toolResult=_RESULT,
                        cachePoint=_POINT,
                        reasoningContent=_one(
                            reasoningText=_closed(
                                ["text", "signature"], text=_SAID, signature=_SAID
                            ),
                            redactedContent=_SAID,
                        ),
                    ),
                },
            ),
        },
        system={"type": "array", "items": _one(text=_SAID, cachePoint=_POINT)},
        additionalModelRequestFields={"oneOf": _THINKING},
        inferenceConfig=_closed(
            maxTokens={"type": "integer", "minimum": 1},
            temperature={"type": "number", "minimum": 0, "maximum": 1},
            topP={"type": "number", "minimum": 0, "maximum": 1},
            stopSequences={"type": "array", "items": _SAID, "maxItems": 2500},
        ),
        toolConfig=_closed(
            ["tools"],
            tools={
                "type": "array",
                "minItems": 1,
                "items": _one(
                    toolSpec=_closed(
                        ["name", "inputSchema"],
                        name=_TOOL,
                        description=_SAID,
                        inputSchema=_one(json={"type": "object"}),
                    ),
                    cachePoint=_POINT,
                ),
            },
            toolChoice=_one(auto=_closed(), any=_closed(), tool=_closed(["name"], name=_TOOL)),
        ),
        outputConfig=_closed(
            ["textFormat"],
            textFormat=_closed(
                ["type", "structure"],
                type={"const": "json_schema"},
                structure=_one(
                    jsonSchema=_closed(["schema"], schema=_SAID, name=_SAID, description=_SAID)
                ),
            ),
        ),
        serviceTier=_closed(["type"], type={"enum": ["priority", "default", "flex", "reserved"]}),
    ),
    "$defs": {"source": _one(bytes={"type": "string", "pattern": "^[A-Za-z0-9+/]+=*$"})},
}
"""JSON Schema of what the gateway may send."""


@functools.cache
def _validator() -> Draft202012Validator:
    """Of requests, looked at itself once: that takes longer than most requests."""
    Draft202012Validator.check_schema(REQUEST)
    return Draft202012Validator(REQUEST)


def check(request: object) -> None:
    """Raise ValidationError unless it is what the gateway may send."""
    _validator().validate(request)
