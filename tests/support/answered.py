"""Streams of every client's dialect as providers send them, and what a client makes of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Head
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.every import PROVIDERS
from guardrail_gw.dialects.translation.translate import SPOKES
from guardrail_gw.standin import answers, messages, responses
from guardrail_gw.standin.behaviour import Behaviour
from guardrail_gw.standin.gemini import Speaking
from guardrail_gw.standin.voice import Voice

CLIENTS: Final = tuple(SPOKES)
_BODIES: Final[Mapping[str, dict[str, Any]]] = {
    "openai_chat": {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "x"}],
    },
    "anthropic_messages": {
        "model": "m",
        "stream": True,
        "messages": [{"role": "user", "content": "x"}],
    },
    "openai_responses": {"model": "m", "stream": True, "input": "x", "metadata": {"k": "v"}},
    "gemini_generate": {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
}


def voice(dialect: str) -> Voice:
    """What speaks a dialect."""
    voices: Mapping[str, Voice] = {
        "openai_chat": answers,
        "anthropic_messages": messages,
        "openai_responses": responses,
        "gemini_generate": Speaking(model="m", operation="streamGenerateContent", in_array=False),
    }
    return voices[dialect]


def streamed(dialect: str, text: str, *, name: str = "echo", number: int = 1) -> list[bytes]:
    """The events of an answer that says a text, in pieces of four letters."""
    speaks = voice(dialect)
    raw = json.dumps(_BODIES[dialect]).encode()
    ask = speaks.asked(_BODIES[dialect], raw)
    how = Behaviour(name=name, text=text)
    answer_id = f"{speaks.ANSWER_ID}-{number}"
    told = [data for _, data in speaks.events(ask, how, answer_id)]
    return [*told, speaks.done(ask, how, answer_id)]


def reader(dialect: str) -> AnswerReader:
    """Reads a stream of a dialect."""
    return PROVIDERS[dialect].reader(stream=True, head=SPOKES[dialect].stream_head or Head())


@dataclass(slots=True)
class Client:
    """Takes events as an SDK would, and minds what an SDK minds."""

    dialect: str
    text: str = ""
    ids: set[str] = field(default_factory=set)
    roles: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    usages: list[tuple[int, int]] = field(default_factory=list)
    is_done: bool = False
    whole: str | None = None
    """The text as it was told again at the end."""
    metadata: Any = None
    open: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def take(self, event: AnswerEvent) -> None:
        """One event; nothing may come behind the end mark."""
        assert not self.is_done
        assert event.kind is not EventKind.ERROR
        self.is_done = event.kind is EventKind.DONE
        if event.data is not None:
            getattr(self, f"_{self.dialect}")(json.loads(json.dumps(event.data)))

    def _openai_chat(self, data: dict[str, Any]) -> None:
        self.ids.add(data["id"])
        for choice in data["choices"]:
            assert choice["index"] == 0
            self.text += choice["delta"].get("content") or ""
            self.roles += [choice["delta"]["role"]] if "role" in choice["delta"] else []
            self.ends += [choice["finish_reason"]] if choice["finish_reason"] else []
        if data.get("usage"):
            self.usages.append((data["usage"]["prompt_tokens"], data["usage"]["completion_tokens"]))

    def _anthropic_messages(self, data: dict[str, Any]) -> None:
        match data["type"]:
            case "message_start":
                self.ids.add(data["message"]["id"])
                self.roles.append(data["message"]["role"])
            case "content_block_start":
                assert not self.open
                self.open.append(data["index"])
            case "content_block_delta":
                assert self.open == [data["index"]]
                self.text += data["delta"].get("text", "")
            case "content_block_stop":
                assert self.open.pop() == data["index"]
            case "message_delta":
                assert not self.open
                self.ends.append(data["delta"]["stop_reason"])
                self.usages.append((data["usage"]["input_tokens"], data["usage"]["output_tokens"]))
            case _:
                pass

    def _openai_responses(self, data: dict[str, Any]) -> None:
        self.numbers.append(data["sequence_number"])
        match data["type"]:
            case "response.created":
                self.ids.add(data["response"]["id"])
            case "response.output_item.added":
                self.roles.append(data["item"]["role"])
                self.open.append((data["item"]["id"], data["output_index"]))
            case "response.output_item.done":
                assert self.open.pop() == (data["item"]["id"], data["output_index"])
            case "response.completed":
                self._completed(data["response"])
            case _:
                self._part(data)

    def _part(self, data: dict[str, Any]) -> None:
        at = data.get("item_id"), data.get("output_index"), data.get("content_index")
        match data["type"]:
            case "response.content_part.added":
                assert at[:2] == self.open[-1]
                self.open.append(at)
            case "response.output_text.delta":
                assert at == self.open[-1]
                self.text += data["delta"]
            case "response.output_text.done":
                assert at == self.open[-1]
                assert data["text"] == self.text
            case "response.content_part.done":
                assert data["part"]["text"] == self.text
                assert at == self.open.pop()
            case _:
                pass

    def _completed(self, response: dict[str, Any]) -> None:
        self.metadata = response.get("metadata")
        self.ids.add(response["id"])
        self.ends.append(response["status"])
        self.whole = "".join(p["text"] for i in response["output"] for p in i["content"])
        usage = response["usage"]
        self.usages.append((usage["input_tokens"], usage["output_tokens"]))

    def _gemini_generate(self, data: dict[str, Any]) -> None:
        self.ids.add(data["responseId"])
        (candidate,) = data["candidates"]
        self.text += "".join(part["text"] for part in candidate["content"]["parts"])
        if candidate.get("finishReason"):
            self.ends.append(candidate["finishReason"])
            usage = data["usageMetadata"]
            self.usages.append((usage["promptTokenCount"], usage["candidatesTokenCount"]))

    def check(self) -> None:
        """One unbroken answer."""
        assert self.is_done
        assert len(self.ids) == 1
        assert self.roles in ([], ["assistant"])
        assert len(self.ends) == 1
        assert not self.open
        assert self.whole in (None, self.text)
        assert self.numbers == list(range(len(self.numbers)))


def read(events: Iterable[AnswerEvent], client: Client) -> None:
    """Have a client take events."""
    for event in events:
        client.take(event)
