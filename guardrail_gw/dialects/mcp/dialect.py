"""The dialect as one object: a request as it may leave, and what of messages is to be looked at.

A request has one form, `{"method", "params"}`, or `{"method", "result"|"error"}` for what a client
answers to a server. Ids, progress tokens, `requestState` and what a client says of itself are in
none of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from guardrail_gw.core.body import parse
from guardrail_gw.core.exchange import (
    BARE,
    Envelope,
    Head,
    Question,
)
from guardrail_gw.core.kept import Issue
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.core.tool import ToolFacts
from guardrail_gw.dialects.mcp import NAME, methods
from guardrail_gw.dialects.mcp.exact import parsed, written
from guardrail_gw.dialects.mcp.marked import Marked, marked
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.dialects.walk import Shape, free, name, record
from guardrail_gw.dialects.whole_answers import WholeAnswers
from guardrail_gw.errors import BodyRefused, UpstreamBroken
from guardrail_gw.mcp_errors import MethodDenied

_NOTHING: Final[Mapping[str, Any]] = {}
_NO_ISSUES: Final[Mapping[str, Issue]] = {}
_PARTS: Final = frozenset({"params", "result", "error"})
_STATE: Final = "requestState"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a question is made of; `Question.source`."""

    method: str
    part: str
    """Which member the content is in: `params`, or `result` or `error` of an answer."""
    message: Marked = field(repr=False)
    """The content."""
    raw: bytes = field(repr=False)
    """The canonical form."""
    carried: Any = field(default=None, repr=False)
    """What the last step needs besides; nothing here looks into it."""
    state: str | None = field(default=None, repr=False)
    """What the server wants back: its own words, which nobody else reads."""
    facts: ToolFacts | None = field(default=None, repr=False)
    """The tool that is called, as far as it is known."""
    spoken: Mapping[str, Issue] = field(default_factory=dict, repr=False)
    """Placeholders in it that its sender was given in earlier answers."""
    own: frozenset[str] = frozenset()
    """Those of them that the very server said in URIs, which gets them back there."""


@dataclass(frozen=True, slots=True)
class Mcp(WholeAnswers):
    """The Model Context Protocol."""

    name: str = NAME
    path: str = ""

    def question(  # noqa: PLR0913 - what a request is made of, each by name
        self,
        server: str,
        method: str,
        content: Mapping[str, Any],
        *,
        part: str = "params",
        extensions: frozenset[str] = frozenset(),
        carried: Any = None,  # noqa: ANN401 - the last step's own
        facts: ToolFacts | None = None,
    ) -> Question:
        """The question that a request is, or an answer of a client.

        Args:
            server: whom it is for.
            method: what is asked, or was.
            content: parameters without what never crosses; or the result or error.
            part: `params`, `result` or `error`.
            extensions: methods beyond the protocol's that may be asked.
            carried: for the last step.
            facts: of the tool that is called, as far as it is known already.

        Raises:
            MethodDenied: nobody listed it.
            BodyRefused: it cannot be looked at in full.
        """
        shape = _shape(method, part, extensions)
        if part == "params":
            _must_fit(method, content)
        state = content.get(_STATE) if part == "params" else None
        if state is not None:
            if type(state) is not str:
                raise BodyRefused("'/requestState' must be a text", code="body.wrong_type")
            content = {name: value for name, value in content.items() if name != _STATE}
        raw = _canonical(method, part, content)
        asked = Asked(
            method=method,
            part=part,
            message=marked(content, shape, f"/{part}"),
            raw=raw,
            carried=carried,
            state=state,
            facts=facts,
        )
        return _question(server, asked)

    def parse(self, body: bytes, head: Head = BARE) -> Question:
        """Read the canonical form again; raises BodyRefused for anything else."""
        value = parse(body).value
        if type(value) is not dict or type(value.get("method")) is not str:
            raise BodyRefused("no request of MCP", code="body.wrong_type")
        (part,) = value.keys() - {"method"} or {""}
        if part not in _PARTS or type(value[part]) is not dict:
            raise BodyRefused("no request of MCP", code="body.wrong_type")
        method = value["method"]
        shape = _shape(method, part, frozenset({method}))
        asked = Asked(
            method=method, part=part, message=marked(value[part], shape, f"/{part}"), raw=body
        )
        return _question(head.model, asked)

    def rewrite(
        self,
        question: Question,
        replacements: Mapping[int, str],
        *,
        stored: bool | None = None,  # noqa: ARG002 - nothing here is kept
    ) -> Envelope:
        """Put `replacements[i]` in the place of `question.segments[i]`; the rest stays."""
        asked: Asked = question.source
        raw = asked.raw
        if replacements:
            raw = _canonical(asked.method, asked.part, asked.message.rewritten(replacements))
        return Envelope(before=raw, after=b"", names_model=False)

    def content(self, question: Question, body: bytes) -> dict[str, Any]:
        """Read from the bytes that leave what they hold: they are of the canonical form."""
        asked: Asked = question.source
        content: dict[str, Any] = parsed(body)[asked.part]
        return content

    def heard(self, question: Question, message: Mapping[str, Any]) -> Marked:
        """What of a message that comes back is to be looked at.

        Raises:
            BodyRefused: it cannot be looked at in full.
        """
        asked: Asked = question.source
        return marked(message, _heard_shape(asked.method, message))

    def is_definition(self, question: Question, message: Mapping[str, Any]) -> bool:
        """Whether this is a list of definitions, of which only what is sure counts.

        An error, a log message or a wish that comes instead of one, or before it, is none.
        """
        asked: Asked = question.source
        result = message.get("result")
        if asked.method not in methods.DEFINED or not isinstance(result, Mapping):
            return False
        return methods.LISTS[asked.method] in result

    def weight(self, question: Question) -> int:
        """The size of the request in bytes."""
        asked: Asked = question.source
        return len(asked.raw)

    def members(self, question: Question) -> Mapping[str, Any]:  # noqa: ARG002 - the seam's
        """None: nothing here asks anything of a model's provider."""
        return _NOTHING

    def leaves(self, question: Question) -> Iterator[tuple[str, str]]:
        """Every text that the server sees, with its place."""
        for segment in question.segments:
            yield segment.text, segment.place

    def reader(self, *, stream: bool, head: Head = BARE) -> AnswerReader:  # noqa: ARG002 - ditto
        """No bytes are read here: servers' connections do."""
        raise UpstreamBroken("messages of MCP are read by their connections")

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:  # noqa: ARG002 - ditto
        """None: what comes back is looked at as a whole, by `heard`."""
        return []

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """There are none."""


MCP: Final = Mcp()


def with_facts(
    question: Question,
    facts: ToolFacts | None,
    spoken: Mapping[str, Issue] = _NO_ISSUES,
    own: frozenset[str] = frozenset(),
) -> Question:
    """A question of which more is known."""
    asked: Asked = question.source
    known = Asked(
        method=asked.method,
        part=asked.part,
        message=asked.message,
        raw=asked.raw,
        carried=asked.carried,
        state=asked.state,
        facts=facts,
        spoken=spoken,
        own=own,
    )
    return _question(question.model, known)


def _must_fit(method: str, params: Mapping[str, Any]) -> None:
    """Parameters have the types of the protocol: no two readers may see two requests in one.

    Raises:
        BodyRefused: one has another.
    """
    for member, kind, word in methods.TYPED.get(method, ()):
        if member in params and type(params[member]) is not kind:
            raise BodyRefused(f"'/params/{member}' must be {word}", code="body.wrong_type")


def _question(server: str, asked: Asked) -> Question:
    return Question(
        dialect=NAME,
        model=server,
        stream=True,
        segments=asked.message.segments,
        attachments=asked.message.attachments,
        source=asked,
        head=_head(server),
        once=True,
    )


@lru_cache(maxsize=256)
def _head(server: str) -> Head:
    """There are few servers, and two questions of each call."""
    return Head(model=server)


def _canonical(method: str, part: str, content: Mapping[str, Any]) -> bytes:
    return written({"method": method, part: content})


def _shape(method: str, part: str, extensions: frozenset[str]) -> Shape:
    if part == "error":
        return methods.ERROR
    table = methods.ASKED if part == "params" else methods.REPLIED
    shape = table.get(method)
    if shape is not None:
        return shape
    if method in extensions:
        return free
    raise MethodDenied("no server here takes this method; nothing looks at what it would carry")


def _heard_shape(asked: str, message: Mapping[str, Any]) -> Shape:
    """A message's own members are the protocol's; what they hold is by its method."""
    if "method" not in message:
        return _RESPONSES.get(asked, _RESPONSE)
    method = message["method"]
    return _message(methods.TOLD.get(method, free), _nothing if method in methods.KNOWN else name)


def _message(inner: Shape, method: Shape = name) -> Shape:
    return record(
        {"jsonrpc": _nothing, "id": _nothing, "method": method, "error": methods.ERROR}
        | {"params": inner, "result": inner}
    )


def _nothing(*_: object) -> None:
    """The protocol's own."""


_RESPONSES: Final = {asked: _message(inner) for asked, inner in methods.ANSWERED.items()}
_RESPONSE: Final = _message(methods.OTHERWISE)
"""Of what is in no table."""
