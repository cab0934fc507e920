"""A parsed request, edited in place and split around the model's name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from guardrail_gw.core.body import (
    Document,
    Path,
    Splice,
    member_span,
    parse,
    quoted,
    rewrite,
    spans,
    splice,
)
from guardrail_gw.core.exchange import Envelope, Head, Question
from guardrail_gw.dialects.asks import asks_of
from guardrail_gw.dialects.slots import Offset
from guardrail_gw.dialects.turns import Members
from guardrail_gw.dialects.walk import Layer
from guardrail_gw.errors import BodyRefused, SurfaceNotServed

MODEL: Final[Path] = ("model",)
STORE: Final[Path] = ("store",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The layers of a request and where its segments stand."""

    layers: tuple[Layer, ...] = field(repr=False)
    targets: tuple[tuple[int, Path], ...] = field(repr=False)
    fixed: tuple[tuple[str, str], ...] = field(repr=False)
    json_answer: bool
    """The answer's text is JSON, so restored values are escaped for it."""

    @property
    def document(self) -> Document:
        """The body itself."""
        return self.layers[0].document

    def edits(self, replacements: Mapping[int, str]) -> dict[Path, str]:
        """The edits of the body itself; those of JSON in strings folded in, innermost first."""
        edits: list[dict[Path, str]] = [{} for _ in self.layers]
        for index, text in replacements.items():
            layer, path = self.targets[index]
            edits[layer][path] = text
        for at in range(len(self.layers) - 1, 0, -1):  # an inner layer comes after its outer one
            if edits[at]:
                layer_ = self.layers[at]
                inner = rewrite(layer_.document, edits[at]).decode()
                edits[layer_.outer][layer_.path] = inner
        return edits[0]


class Bodies:
    """What a dialect of such requests says of them; `question.source` is a `Parsed`.

    Also what most dialects have in common: a path of their own, and the key in a header.
    """

    __slots__ = ()

    counter: ClassVar[str] = ""
    """The member that numbers the events of a stream; empty when none does."""
    turns: ClassVar[str] = ""
    """The member whose entries a conversation adds to; empty when there is none."""
    counts: ClassVar[str] = ""
    """In what answers count places in their texts, which `offsets` finds: `bytes`, `characters`."""
    media: ClassVar[str] = "application/json"
    """What bodies are."""
    event_lines: ClassVar[str] = ""
    """What a stream is whose events are lines of JSON; empty: they are server-sent events."""
    routes: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Methods and paths besides, of what providers keep."""
    path: str
    """What is appended to a deployment's base URL, unless a question's head says another."""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Where clients ask besides the paths that are known: regular expressions."""
        return ()

    def address(self, head: Head, model: str) -> str:  # noqa: ARG002 - the body names the model
        """Path and query of a question, appended to a deployment's base URL."""
        return self.operation(head)

    def operation(self, head: Head) -> str:
        """What a question asks for: the end of its path, with the query."""
        return head.path or self.path

    def query_key(self, target: str) -> str:  # noqa: ARG002 - the seam's
        """The caller's key, where the dialect lets it stand in a query; else nothing."""
        return ""

    def stored_head(self, method: str, target: str, headers: Mapping[str, str]) -> Head:  # noqa: ARG002 - the seam's
        """What is asked for of that which is kept: nothing is."""
        raise SurfaceNotServed("nothing is served on this path")

    def is_asked(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - the seam's
        """Whether a request on a path of what is kept is one of this dialect."""
        return True

    def lines_media(self, target: str) -> str:  # noqa: ARG002 - the seam's
        """What an answer is that comes line by line; empty: none does."""
        return ""

    def is_array(self, target: str) -> bool:  # noqa: ARG002 - the seam's
        """Whether a stream is asked for as one JSON array instead of as events."""
        return False

    def own(self, body: bytes) -> bytes:
        """A body as it is, for the dialect has no thoughts that are handed back."""
        return body

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:  # noqa: ARG002 - the seam's
        """Places in texts of the answer that an event names, before anything is put back."""
        return []

    def only(self, turns: bytes) -> bytes:
        """A body that these turns, as they stand between brackets, are all of."""
        return b'{"model":"-","%b":[%b]}' % (self.turns.encode(), turns)

    def bare(self, question: Question) -> Question:
        """What a question says of itself, without anything that anybody wrote."""
        nothing = replace(question.source, layers=(), targets=(), fixed=())
        operation = self.operation(question.head)
        asks = asks_of(question.dialect, operation, self.members(question), stream=question.stream)
        return replace(question, model="", segments=(), source=nothing, asks=asks)

    def unread(self, bare: Question, raw: bytes, model: str, seen: object) -> Question:
        """A question of which nothing but its members can be asked, and these are read then.

        Args:
            bare: of a question that differs in turns alone.
            raw: the body, which is valid.
            model: what it names as such.
            seen: what is known of the rest.
        """
        layer = Layer(Document(b"", Members(raw)))  # no bytes: nothing of it can be sent
        source = replace(bare.source, layers=(layer,))
        return replace(bare, model=model, source=source, seen=seen)

    def weight(self, question: Question) -> int:
        """The size of the body in bytes."""
        source: Parsed = question.source
        return len(source.document.raw)

    def members(self, question: Question) -> Mapping[str, Any]:
        """The body's top-level members, as the client sent them."""
        source: Parsed = question.source
        body: Mapping[str, Any] = source.document.value
        return body

    def leaves(self, question: Question) -> Iterator[tuple[str, str]]:
        """Every text that a reader of a request sees, with its place: segments and ids."""
        for segment in question.segments:
            yield segment.text, segment.place
        source: Parsed = question.source
        yield from source.fixed


def named(raw: bytes, head: Head) -> bytes:
    """A body with the model that its path names, where it names none itself.

    Raises:
        BodyRefused: it names another one.
    """
    if not head.model:
        return raw
    body = parse(raw).value
    said = body.get("model") if type(body) is dict else None
    if said not in (None, head.model):
        raise wrong("/model", "the deployment of the path, or left out")
    if type(body) is not dict or "model" in body:
        return raw
    at = raw.index(b"{") + 1
    return b'%b"model":%b%b%b' % (raw[:at], quoted(head.model), b"," if body else b"", raw[at:])


def addressed(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The body as an object that names a model.

    Raises:
        BodyRefused: `body.wrong_type`; names the member.
    """
    if type(body) is not dict:
        raise wrong("", "a JSON object")
    model = body.get("model")
    if type(model) is not str or not model:
        raise wrong("/model", "a name")
    if body.get("stream") not in (None, True, False) or type(body.get("stream")) is int:
        raise wrong("/stream", "true or false")
    return body


def checked(value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The body as an object with what every chat request has.

    Raises:
        BodyRefused: `body.wrong_type`; names the member.
    """
    body = addressed(value)
    messages = body.get("messages")
    if type(messages) is not list:
        raise wrong("/messages", "a list")
    for index, message in enumerate(messages):
        if type(message) is not dict:
            raise wrong(f"/messages/{index}", "an object")
    return body


def wrong(place: str, expected: str) -> BodyRefused:
    """A member of another type than the dialect says."""
    return BodyRefused(f"{place!r} must be {expected}", code="body.wrong_type")


def unedited(document: Document, after_model: bytes = b"") -> Envelope:
    """The body as it came, with so many bytes more behind the model's name."""
    start, end = member_span(document, "model")
    return Envelope(before=document.raw[:start], after=after_model + document.raw[end:])


def edited(
    document: Document,
    edits: Mapping[Path, str],
    found: Mapping[Path, tuple[int, int]] | None = None,
    more: Sequence[Splice] = (),
) -> Envelope:
    """The body with strings replaced.

    Args:
        document: the body.
        edits: what is replaced.
        found: where these and the model stand; looked up when left out.
        more: other changes.
    """
    found = spans(document.raw, {*edits, MODEL}) if found is None else found
    start, end = found[MODEL]
    pieces = [*(Splice(*found[path], quoted(text)) for path, text in edits.items()), *more]
    raw = document.raw
    return Envelope(
        before=splice(raw, [s for s in pieces if s.start < start], stop=start),
        after=splice(raw, [s for s in pieces if s.start >= end], start=end),
    )
