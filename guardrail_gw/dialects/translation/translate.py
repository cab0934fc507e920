"""Which dialects are translated into which: requests before they leave, answers as they arrive."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from guardrail_gw.core.exchange import BARE, AnswerEvent, EventKind, Head
from guardrail_gw.core.parameters import Takes
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.anthropic_messages import head as messages_head
from guardrail_gw.dialects.bedrock_converse import dialect as converse
from guardrail_gw.dialects.gemini_generate import address
from guardrail_gw.dialects.openai_responses import head as responses_head
from guardrail_gw.dialects.translation.anthropic_messages import (
    hear as messages_hear,
    read as messages_read,
    tell as messages_tell,
    write as messages_write,
)
from guardrail_gw.dialects.translation.bedrock_converse import (
    hear as converse_hear,
    write as converse_write,
)
from guardrail_gw.dialects.translation.calls import Calls
from guardrail_gw.dialects.translation.gemini_generate import (
    hear as gemini_hear,
    read as gemini_read,
    tell as gemini_tell,
    write as gemini_write,
)
from guardrail_gw.dialects.translation.hub import (
    Ask,
    Begun,
    Called,
    Counted,
    Ended,
    Event,
    Said,
    Thought,
    Want,
    Why,
)
from guardrail_gw.dialects.translation.losses import Losses
from guardrail_gw.dialects.translation.marks import unmarked
from guardrail_gw.dialects.translation.narrowed import with_known_wishes, with_own_thoughts
from guardrail_gw.dialects.translation.openai_chat import (
    hear as chat_hear,
    read as chat_read,
    tell as chat_tell,
    write as chat_write,
)
from guardrail_gw.dialects.translation.openai_responses import (
    hear as responses_hear,
    read as responses_read,
    tell as responses_tell,
    write as responses_write,
)
from guardrail_gw.errors import UpstreamBroken


class Hearing(Protocol):
    """Reads one answer of a dialect."""

    def hear(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """What an event or a whole body says; raises UpstreamBroken."""
        ...

    def further(self, data: Mapping[str, Any]) -> str | None:
        """The piece of the answer's text that an event is; nothing where `hear` has to say what."""
        ...


class Telling(Protocol):
    """Writes one streamed answer in a dialect."""

    def tell(self, event: Event) -> Iterable[dict[str, Any]]:
        """The dialect's events for one."""
        ...

    def further(self, text: str) -> tuple[dict[str, Any], str] | None:
        """The event for a piece of a text that is being told, and its JSON on one line.

        Returns:
            Nothing where `tell` is to tell it; then nothing of it was told.
        """
        ...

    def end(self) -> Iterable[dict[str, Any]]:
        """What comes before the end mark."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """How providers of one dialect are asked, and understood."""

    write_request: Callable[[Ask, Losses], dict[str, Any]]
    hearing: Callable[[], Hearing]
    head: Head = BARE
    """What a provider is told besides the body of a request that was translated."""
    stream_head: Head | None = None
    """What stands in the place of `head` where a stream is asked for, if the body cannot say so."""
    names_model: bool = True
    """The body names the model; else the path alone does."""
    wants: frozenset[Want] = frozenset()
    """Wishes that its requests can say; the others are noted or refused."""
    takers: frozenset[Takes] = frozenset()
    """Words for an effort that it has for some models; the others are told none."""
    takes_marks: bool = False
    """Every model takes marks of what is to be cached; else those of which the catalog says so."""
    has_marks: bool = False
    """Its requests have words for such marks; without them nobody is told one."""
    thought: Callable[[Mapping[str, Any]], int] = lambda _: 0
    """Tokens of thoughts, from an event or body with counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke(Provided):
    """One dialect's way into the hub and out of it; clients speak it, too."""

    read_request: Callable[[Mapping[str, Any], Losses], Ask]
    telling: Callable[[int], Telling]
    """Takes the time of the answer, in seconds since the epoch."""
    whole: Callable[[Iterable[Event], int], dict[str, Any]]
    path: str = ""
    """Operation of a client's head that is translated; other operations are not."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What spokes that write note as left out -> what it is called here, where that differs."""
    end_mark: Mapping[str, Any] | None = None
    """The data of the end mark of a stream; None when it holds none."""
    last_is_mark: bool = False
    """The end mark of a stream is the last of what `Telling.end` gives."""
    thoughts: str = ""
    """What thoughts that are handed back are called here."""


SPOKES: Final[Mapping[str, Spoke]] = {
    "openai_chat": Spoke(
        read_request=chat_read.read_request,
        write_request=chat_write.write_request,
        hearing=chat_hear.Hearing,
        telling=chat_tell.Telling,
        whole=chat_tell.whole,
        wants=chat_write.WANTS,
        thought=chat_hear.thought_tokens,
    ),
    "anthropic_messages": Spoke(
        read_request=messages_read.read_request,
        write_request=messages_write.write_request,
        hearing=messages_hear.Hearing,
        telling=lambda _: messages_tell.Telling(),
        whole=messages_tell.whole,
        wants=messages_write.WANTS,
        takers=messages_write.TAKERS,
        takes_marks=True,
        has_marks=True,
        thought=messages_hear.thought_tokens,
        thoughts="messages[].content[].thinking",
        head=Head(
            path=messages_head.MESSAGES,
            headers=((messages_head.VERSION, messages_head.OLDEST_VERSION),),
        ),
        path=messages_head.MESSAGES,
        names={"user": "metadata.user_id", "stop of white space": "stop_sequences of white space"},
        end_mark={"type": "message_stop"},
    ),
    "openai_responses": Spoke(
        read_request=responses_read.read_request,
        write_request=responses_write.write_request,
        hearing=responses_hear.Hearing,
        telling=responses_tell.Telling,
        whole=responses_tell.whole,
        wants=responses_write.WANTS,
        has_marks=True,
        thought=responses_hear.thought_tokens,
        thoughts="input[] of reasoning",
        head=Head(path=responses_head.RESPONSES),
        path=responses_head.RESPONSES,
        last_is_mark=True,
    ),
    "gemini_generate": Spoke(
        read_request=gemini_read.read_request,
        write_request=gemini_write.write_request,
        hearing=gemini_hear.Hearing,
        telling=lambda _: gemini_tell.Telling(),
        whole=gemini_tell.whole,
        head=Head(path=f":{address.GENERATE}"),
        path=f":{address.GENERATE}",
        stream_head=Head(path=f":{address.STREAM}?alt=sse"),
        names_model=False,
        names=gemini_read.NAMES,
        last_is_mark=True,
        wants=gemini_write.WANTS,
        thought=gemini_hear.thoughts,
    ),
}
"""By the dialects' names."""
PROVIDED: Final[Mapping[str, Provided]] = {
    **SPOKES,
    "bedrock_converse": Provided(
        write_request=converse_write.write_request,
        hearing=converse_hear.Hearing,
        head=Head(path=converse.CONVERSE),
        stream_head=Head(path=converse.STREAM),
        names_model=False,
        wants=converse_write.WANTS,
        takers=converse_write.TAKERS,
        has_marks=True,
    ),
}
"""With those that only providers speak."""
_NO_CONTENT: Final = (Begun, Counted)
_NAMELESS: Final = Begun(id="", model="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A request in a provider's dialect."""

    body: dict[str, Any] = field(repr=False)
    """Without the model's name."""
    head: Head
    left_out: tuple[str, ...]
    """Members of the client's dialect that it does not say, sorted."""
    names_model: bool = True
    """The body is to name the model as well."""
    shows_thoughts: bool = True
    """The client takes what the model thought."""
    text_tools: frozenset[str] = frozenset()
    """Names of tools that take a text, where the client knows them as such."""


def is_translated(client: str, provider: str, head: Head) -> bool:
    """Whether requests of one dialect can be said in another at all."""
    spoke = SPOKES.get(client)
    if spoke is None or provider not in PROVIDED or client == provider:
        return False
    return _operation(head) in ("", spoke.path, _operation(spoke.stream_head))


def _operation(head: Head | None) -> str:
    return "" if head is None else head.path.partition("?")[0]


def translated(
    body: Mapping[str, Any],
    client: str,
    provider: str,
    head: Head = BARE,
    takes: frozenset[Takes] = frozenset(),
) -> Translated:
    """Say a request of one dialect in another.

    Args:
        body: the request.
        client: its dialect.
        provider: the other one.
        head: what was asked for besides the body.
        takes: what the model takes there of what not every model does.

    Raises:
        Untranslatable: it would ask for something else.
    """
    losses = Losses()
    ask = SPOKES[client].read_request(body, losses)
    if SPOKES[client].stream_head is not None:
        ask = replace(ask, stream=_operation(head) == _operation(SPOKES[client].stream_head))
    out = PROVIDED[provider]
    ask = with_own_thoughts(replace(ask, takes=takes), provider, SPOKES[client].thoughts, losses)
    if not (out.has_marks and (out.takes_marks or Takes.CACHE_MARKS in takes)):
        ask = unmarked(ask, losses)
    ask = with_known_wishes(ask, out.wants, out.takers, losses)
    said = out.write_request(ask, losses)
    names = SPOKES[client].names
    return Translated(
        body=said,
        head=(out.stream_head or out.head) if ask.stream else out.head,
        left_out=tuple(sorted({names.get(each, each) for each in losses.members})),
        names_model=out.names_model,
        shows_thoughts=ask.shows_thoughts,
        text_tools=frozenset(tool.name for tool in ask.tools if tool.takes_text),
    )


@dataclass(slots=True, kw_only=True)
class TranslatedReader:
    """Reads an answer in the provider's dialect and gives it in the client's.

    Args:
        inner: reads the provider's bytes.
        provider: the provider's dialect.
        client: the client's.
        stream: whether the answer is a stream.
        created_s: when it began, in seconds since the epoch.
        text_tools: names of tools that take a text, where the client knows them as such.
        shows_thoughts: whether the client takes what the model thought.
        named: what an answer is called whose provider says it in no body.
    """

    inner: AnswerReader
    provider: str
    client: str
    stream: bool
    created_s: int
    text_tools: frozenset[str] = frozenset()
    shows_thoughts: bool = True
    named: Begun = _NAMELESS
    _hearing: Hearing = field(init=False)
    _telling: Telling = field(init=False)
    _facts: AnswerEvent | None = None
    """Facts for the log that no event of the client's has carried yet."""
    _end: Ended | None = None
    _calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        """Begin an answer."""
        self._hearing = PROVIDED[self.provider].hearing()
        self._telling = SPOKES[self.client].telling(self.created_s)

    @property
    def complete(self) -> bool:
        """Whether an end mark was read."""
        return self.inner.complete

    def feed(self, chunk: bytes) -> Iterator[AnswerEvent]:
        """Yield the events that are complete now."""
        for event in self.inner.feed(chunk):
            if (further := self._further(event)) is not None:
                yield further
            else:
                yield from self._understood(event)

    def end(self) -> Iterator[AnswerEvent]:
        """Yield what the end of the bytes completes."""
        for event in self.inner.end():
            yield from self._understood(event)

    def _further(self, event: AnswerEvent) -> AnswerEvent | None:
        """An event that is one more piece of a text, as nearly all are, in the client's words."""
        if event.kind is not EventKind.CONTENT or event.usage is not None or not self.stream:
            return None
        text = self._hearing.further(event.data or {})
        told = None if text is None else self._telling.further(text)
        if told is None:
            return None
        facts = event if self._facts is None else _joined(self._facts, event)
        self._facts = None
        return AnswerEvent(
            kind=EventKind.CONTENT,
            data=told[0],
            text=told[1],
            usage=facts.usage,
            finish=facts.finish,
            provider_id=facts.provider_id,
        )

    def _understood(self, event: AnswerEvent) -> Iterator[AnswerEvent]:
        """Yield an event in other words; one that is not of its dialect's shapes is broken."""
        try:
            if event.kind is EventKind.ERROR:
                yield event
            elif not self.stream:
                yield self._whole(event)
            else:
                self._facts = _joined(self._facts, event)
                for heard in self._heard(event):
                    if isinstance(heard, Ended):  # some providers say it with every piece
                        self._end = heard
                        continue
                    self._calls.hear(heard)
                    for data in self._telling.tell(heard):
                        yield self._told(_kind(heard), data)
                if event.kind is EventKind.DONE:
                    yield from self._ended()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
            raise UpstreamBroken("the answer is not what the provider's dialect allows") from None

    def _whole(self, event: AnswerEvent) -> AnswerEvent:
        heard = list(self._heard(event))
        if not any(isinstance(each, Ended) for each in heard):
            raise UpstreamBroken("the answer ended without a reason")
        body = SPOKES[self.client].whole(heard, self.created_s)
        return _event(EventKind.CONTENT, body, event)

    def _heard(self, event: AnswerEvent) -> Iterator[Event]:
        if event.data is not None:
            for heard in self._hearing.hear(event.data):
                if type(heard) is Said:  # as nearly all are
                    yield heard
                elif self.shows_thoughts or not isinstance(heard, Thought):
                    yield self._as_known(heard)
        if event.usage is not None:
            thought = PROVIDED[self.provider].thought(event.data or {})
            yield Counted(usage=event.usage, thought=thought)

    def _as_known(self, heard: Event) -> Event:
        """A call of a tool as the client knows it; an answer with a name."""
        if isinstance(heard, Begun) and not (heard.id or heard.model):
            return self.named
        if isinstance(heard, Called) and heard.name in self.text_tools:
            return Called(id=heard.id, name=heard.name, takes_text=True)
        return heard

    def _ended(self) -> Iterator[AnswerEvent]:
        """Why the answer ended is told when it is certain that it did."""
        client = SPOKES[self.client]
        if self._end is not None and self._end.why is not Why.LENGTH:
            self._calls.check()
        if self._end is not None:
            for data in self._telling.tell(self._end):
                yield self._told(_kind(self._end), data)
        told = list(self._telling.end())
        mark = told.pop() if client.last_is_mark else client.end_mark
        for data in told:
            kind = EventKind.USAGE if data.get("choices") == [] else EventKind.CONTENT
            yield self._told(kind, data)
        yield self._told(EventKind.DONE, None if mark is None else dict(mark))

    def _told(self, kind: EventKind, data: dict[str, Any] | None) -> AnswerEvent:
        """An event of the client's, with the facts that none has carried yet."""
        facts, self._facts = self._facts, None
        return _event(kind, data, facts)


def _kind(heard: Event) -> EventKind:
    return EventKind.LIFECYCLE if isinstance(heard, _NO_CONTENT) else EventKind.CONTENT


def _event(kind: EventKind, data: dict[str, Any] | None, facts: AnswerEvent | None) -> AnswerEvent:
    if facts is None:
        return AnswerEvent(kind=kind, data=data)
    return AnswerEvent(
        kind=kind,
        data=data,
        usage=facts.usage,
        finish=facts.finish,
        provider_id=facts.provider_id,
    )


def _joined(earlier: AnswerEvent | None, later: AnswerEvent) -> AnswerEvent:
    if earlier is None:
        return later
    return AnswerEvent(
        kind=later.kind,
        usage=later.usage or earlier.usage,
        finish=later.finish or earlier.finish,
        provider_id=earlier.provider_id or later.provider_id,
    )
