"""Responses requests and answers, taken through dialect and redaction, for tests."""

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from guardrail_gw.core.exchange import (
    BARE,
    AnswerEvent,
    Arrival,
    Head,
    Inbound,
    Journal,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import RequestId
from guardrail_gw.dialects.openai_responses.dialect import OpenAIResponses
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.redaction import Redaction
from tests.support.chat import DEPLOYMENT, KEY, PRINCIPAL, Told, encoded, inline, policy, read_by

RESPONSES = OpenAIResponses()


def body(asked: Any, **more: Any) -> bytes:
    """A request."""
    return encoded({"model": "gpt", "input": asked, **more})


def seen(raw: bytes, head: Head = BARE) -> dict[str, str]:
    """Each segment's text with its place."""
    return {s.text: s.place for s in RESPONSES.parse(raw, head).segments}


def room(detector: Told) -> Redaction:
    """The redaction room with a detector."""
    return Redaction(detector, KEY, [RESPONSES], offload=inline)


async def redacted(
    raw: bytes,
    values: Mapping[str, str],
    actions: Mapping[str, Action] | None = None,
    *,
    head: Head = BARE,
) -> Redacted:
    """Take one request through the room; attachments are allowed."""
    arrival = Arrival(id=RequestId("r"), surface=RESPONSES.name, received_us=0)
    inbound = Inbound(arrival=arrival, principal=PRINCIPAL, question=RESPONSES.parse(raw, head))
    return await room(Told(values)).apply(inbound, policy(actions, attachments_allowed=True))


def sent(request: Redacted) -> bytes:
    """What the provider receives."""
    return request.envelope.addressed(b'"gpt"')


def read(
    raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True, head: Head = BARE
) -> list[AnswerEvent]:
    """The events of an answer that arrives cut at the given places."""
    return read_by(RESPONSES.reader(stream=streamed, head=head), raw, cuts)


async def answered(
    request: Redacted, raw: bytes, cuts: Sequence[int] = (), *, streamed: bool = True
) -> tuple[bytes, Journal]:
    """Restore an answer; return what the client gets, and the journal."""
    head = request.inbound.question.head

    async def events() -> AsyncIterator[AnswerEvent]:
        for event in read(raw, cuts, streamed=streamed, head=head):
            yield event

    journal = Journal()
    reply = Reply(deployment=DEPLOYMENT, stream=streamed, events=events())
    pieces = [piece async for piece in room(Told()).restore(request, reply, journal)]
    return b"".join(pieces), journal


def response(*items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A response that is complete."""
    head = {"id": "resp_1", "object": "response", "status": "completed", "model": "m"}
    usage = {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}
    return {**head, "output": list(items), "usage": usage, **more}


def message(text: str, **more: Any) -> dict[str, Any]:
    """A message of the assistant."""
    part = {"type": "output_text", "annotations": [], "text": text}
    head = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant"}
    return {**head, "content": [part], **more}


def call(source: str, **more: Any) -> dict[str, Any]:
    """A call of a function."""
    head = {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1"}
    return {**head, "name": "mail", "arguments": source, **more}


def reasoning(text: str, **more: Any) -> dict[str, Any]:
    """Reasoning, told in short."""
    summary = [{"type": "summary_text", "text": text}]
    return {"id": "rs_1", "type": "reasoning", "summary": summary, **more}


def custom(source: str, **more: Any) -> dict[str, Any]:
    """A call of a tool that takes text."""
    head = {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_1", "name": "patch"}
    return {**head, "input": source, **more}


def refusal(text: str) -> dict[str, Any]:
    """A message in which the model refuses."""
    return message("", content=[{"type": "refusal", "refusal": text}])


def events(*items: tuple[dict[str, Any], Sequence[int]], **more: Any) -> list[dict[str, Any]]:
    """The events of a stream, numbered: each item, and where its text is divided."""
    whole = response(*(item for item, _ in items), **more)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    out: list[dict[str, Any]] = [
        {"type": f"response.{name}", "response": begun} for name in ("created", "in_progress")
    ]
    for index, (item, edges) in enumerate(items):
        out += _item_events(item, {"output_index": index, "item_id": item["id"]}, edges)
    out.append({"type": "response.completed", "response": whole})
    return [{**event, "sequence_number": number} for number, event in enumerate(out)]


_GROWS: Mapping[str, tuple[str, str]] = {
    "output_text": ("response.output_text", "text"),
    "refusal": ("response.refusal", "refusal"),
    "summary_text": ("response.reasoning_summary_text", "text"),
    "reasoning_text": ("response.reasoning_text", "text"),
    "function_call": ("response.function_call_arguments", "arguments"),
    "mcp_call": ("response.mcp_call_arguments", "arguments"),
    "custom_tool_call": ("response.custom_tool_call_input", "input"),
    "code_interpreter_call": ("response.code_interpreter_call_code", "code"),
}
"""Type of an item or part -> the events of its text, and the member that is its text."""


def _item_events(
    item: dict[str, Any], at: dict[str, Any], edges: Sequence[int]
) -> list[dict[str, Any]]:
    outer = {"output_index": at["output_index"]}
    empty = {k: type(v)() if k in ("content", "summary") else v for k, v in item.items()}
    out = []
    if item["type"] in _GROWS:
        key = _GROWS[item["type"]][1]
        empty[key] = ""
        out = _text_events(item, at, edges)
    for list_, name, index in (
        ("content", "response.content_part", "content_index"),
        ("summary", "response.reasoning_summary_part", "summary_index"),
    ):
        for number, part in enumerate(item.get(list_) or ()):
            here = {**at, index: number}
            key = _GROWS[part["type"]][1]
            out.append({"type": f"{name}.added", **here, "part": {**part, key: ""}})
            out += _text_events(part, here, edges)
            out.append({"type": f"{name}.done", **here, "part": part})
    added = {"type": "response.output_item.added", **outer, "item": empty}
    return [added, *out, {"type": "response.output_item.done", **outer, "item": item}]


def _text_events(
    holder: dict[str, Any], at: dict[str, Any], edges: Sequence[int]
) -> list[dict[str, Any]]:
    name, key = _GROWS[holder["type"]]
    text = holder[key]
    cuts = [0, *sorted(edge for edge in edges if 0 < edge < len(text)), len(text)]
    deltas = [
        {"type": f"{name}.delta", **at, "delta": text[a:b], "obfuscation": "x"}
        for a, b in pairwise(cuts)
    ]
    return [*deltas, {"type": f"{name}.done", **at, key: text}]


def joined(got: Sequence[Mapping[str, Any]], index: int = 0) -> str:
    """What the deltas of one item say."""
    return "".join(
        e["delta"] for e in got if e["type"].endswith(".delta") and e["output_index"] == index
    )
