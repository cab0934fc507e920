"""What OpenAI keeps: stored responses, and conversations with their items.

Each request names what it is about in its path, and is answered by whoever keeps that. Nothing of a
query goes on but what is of a closed form.

Source: OpenAI API reference, "Responses" (retrieve, delete, list input items) and "Conversations",
as read in 2026.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from guardrail_gw.core.body import Document, parse, rewrite as rewritten
from guardrail_gw.core.exchange import (
    AnswerEvent,
    Envelope,
    EventKind,
    Head,
    Question,
)
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.dialects import paths
from guardrail_gw.dialects.answers import WholeBody, json_object, provider_id
from guardrail_gw.dialects.ids import is_issued
from guardrail_gw.dialects.openai_responses.items import item
from guardrail_gw.dialects.openai_responses.request import NAME, wants_json
from guardrail_gw.dialects.openai_responses.shapes import INCLUDABLE
from guardrail_gw.dialects.openai_responses.slots import item_slots, response_slots
from guardrail_gw.dialects.parsed import Parsed, wrong
from guardrail_gw.dialects.slots import Leaves, Slot
from guardrail_gw.dialects.steering import noted
from guardrail_gw.dialects.walk import Layer, Walk, free, many, record
from guardrail_gw.errors import OperationRefused, QueryRefused, StateUnknown, SurfaceNotServed

PLACE: Final = "the path"
"""Where a request names what it is about."""

_ID: Final = "[A-Za-z0-9_-]{1,128}"
_CONVERSATIONS: Final = "/conversations"
_OPERATIONS: Final = (
    ("GET", rf"/responses/(?P<response>{_ID})"),
    ("DELETE", rf"/responses/(?P<response>{_ID})"),
    ("GET", rf"/responses/(?P<response>{_ID})/input_items"),
    ("POST", rf"/responses/(?P<background>{_ID})/cancel"),
    ("POST", _CONVERSATIONS),
    ("GET", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})"),
    ("POST", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})"),
    ("DELETE", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})"),
    ("GET", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})/items"),
    ("POST", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})/items"),
    ("GET", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})/items/(?P<item>{_ID})"),
    ("DELETE", rf"{_CONVERSATIONS}/(?P<conversation>{_ID})/items/(?P<item>{_ID})"),
)
"""Methods and paths; `compact` and `input_tokens` are operations of their own, and POSTed."""
_UNNAMED: Final = re.compile(r"\(\?P<[a-z]+>")
ROUTES: Final = tuple(
    (method, _UNNAMED.sub("(?:", rf"(?:openai/)?(?:v1/)?{path[1:]}/?"))
    for method, path in _OPERATIONS
)
"""Methods and paths of clients, without the slash they begin with."""

_QUERY: Final = {
    "include": re.compile("|".join(map(re.escape, INCLUDABLE))),
    "limit": re.compile("[0-9]{1,3}"),
    "order": re.compile("asc|desc"),
}
_STREAMED: Final = ("stream", "starting_after")
_EMPTY: Final = Document(b"{}", {})
_LEAVES: Final = Leaves(frozenset({"id", "object", "first_id", "last_id"}))
_BODY: Final = record({"items": many(item), "metadata": free})


@dataclass(slots=True)
class Reader(WholeBody):
    """Reads what is kept, or that it is not any more: one JSON object.

    Its counts were counted when it was made, so they are nobody's here.
    """

    def end(self) -> list[AnswerEvent]:
        """Return the one event."""
        text = self.text()
        data = json_object(text)
        named = provider_id(data.get("id"))
        return [AnswerEvent(kind=EventKind.CONTENT, data=data, text=text, provider_id=named)]


def is_stored(head: Head) -> bool:
    """Whether a request is about what is kept, and not for an answer."""
    return head.method != "POST" or head.path.startswith(_CONVERSATIONS)


def read(method: str, target: str) -> Head:
    """Read method, path and query as sent.

    Raises:
        SurfaceNotServed: nothing that is kept is asked for so.
        OperationRefused: what is made in the background is not.
        StateUnknown: an item by a name that no provider gives.
        QueryRefused: a query that is not of its form.
    """
    path, _, query = paths.bare(target).partition("?")
    found = _match(method, path)
    if found is None:
        raise SurfaceNotServed("nothing is served on this path")
    if "background" in found.groupdict():
        raise OperationRefused(
            "nothing is made in the background here, so there is nothing to cancel",
            code="operation.background",
        )
    named = found.groupdict().get("item")
    if named is not None and not is_issued(named):
        raise StateUnknown("no item has such a name")
    return Head(path=found[0] + _query(query), method=method)


def parse_question(raw: bytes, head: Head) -> Question:
    """Read a request; raises BodyRefused for anything not understood in full."""
    found = _match(head.method, head.path.partition("?")[0])
    kinds = {} if found is None else found.groupdict()
    document = parse(raw or b"{}", names=("items", "metadata")) if head.method == "POST" else _EMPTY
    if type(document.value) is not dict:
        raise wrong("", "a JSON object")
    walk = Walk(layers=[Layer(document)])
    _BODY(walk, document.value, (), "")
    makes = head.method == "POST" and not kinds
    return Question(
        dialect=NAME,
        model="",
        stream=False,
        segments=tuple(walk.segments),
        attachments=tuple(walk.attachments),
        files=tuple(walk.files),
        kept=tuple(walk.kept),
        features=noted([*walk.asked.items(), *_kept_for(head)]),
        head=head,
        source=Parsed(
            layers=tuple(walk.layers),
            targets=tuple(walk.targets),
            fixed=tuple(walk.fixed),
            json_answer=False,
        ),
        recall=_recall(head, kinds),
        makes=Kept.CONVERSATION,
        store=makes,
    )


def rewrite(question: Question, replacements: Mapping[int, str]) -> Envelope:
    """Put the replacements in place; no body names a model, and most requests have none."""
    source: Parsed = question.source
    if question.head.method != "POST":
        return Envelope(before=b"", after=b"", names_model=False)
    body = rewritten(source.document, source.edits(replacements))
    return Envelope(before=body, after=b"", names_model=False)


def slots(data: dict[str, Any]) -> Iterator[Slot]:
    """Every string that is not structure, of a response, an item, a list or a conversation."""
    if isinstance(data.get("output"), list):
        yield from response_slots(data, json_answer=wants_json(data.get("text")))
    elif isinstance(data.get("type"), str):
        yield from item_slots(data, None, json_answer=False)
    else:
        yield from _others(data)


def _others(data: dict[str, Any]) -> Iterator[Slot]:
    for key, value in data.items():
        if key == "data" and isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, dict):
                    yield from item_slots(entry, None, json_answer=False)
                else:
                    yield from _LEAVES.slots(value, index, entry, None)
        elif key not in _LEAVES.structure:
            yield from _LEAVES.slots(data, key, value, None)


def _kept_for(head: Head) -> Iterator[tuple[Feature, str]]:
    """Whatever is done with what is kept asks for it to be, but to have it deleted."""
    if head.method != "DELETE":
        yield Feature.STORAGE, PLACE


def _match(method: str, path: str) -> re.Match[str] | None:
    fitting = (re.fullmatch(each, path) for how, each in _OPERATIONS if how == method)
    return next((match for match in fitting if match is not None), None)


def _recall(head: Head, kinds: Mapping[str, str]) -> Recall | None:
    """What the path names."""
    kind = next((each for each in Kept if each in kinds), None)
    if kind is None:
        return None
    whole = Recall(kind=kind, id=kinds[kind], place=PLACE)
    is_whole = head.path.count("/") == 2  # noqa: PLR2004 - /conversations/conv_1
    if head.method == "DELETE":  # which has no body, and of a query closed forms alone
        return replace(whole, ends=is_whole, removes=True)
    return replace(whole, adds=head.method == "POST")


def _query(query: str) -> str:
    kept: list[tuple[str, str]] = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        bare = name.removesuffix("[]")
        if bare in _STREAMED and value.lower() not in ("", "false"):
            raise QueryRefused(f"{bare!r}: what is stored is given as a whole here")
        if bare == "after" and not is_issued(value):
            raise QueryRefused("'after' must be the name of an item")
        form = _QUERY.get(bare)
        if form is not None and not form.fullmatch(value):
            raise QueryRefused(f"{bare!r} is not of the form that the dialect gives it")
        if form is not None or bare == "after":
            kept.append((name, value))
    return f"?{urlencode(kept)}" if kept else ""
