"""One answer that nobody means, and one that says what it should: read, restored, written."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final

from guardrail_gw.core.exchange import AnswerEvent, Journal, Redacted, Reply
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.event_stream import EventStreamDecoder, Message, encode
from guardrail_gw.dialects.every import BY_NAME, PROVIDERS
from guardrail_gw.dialects.translation.hub import Arguments, Begun, Event, Said
from guardrail_gw.dialects.translation.translate import SPOKES, TranslatedReader
from guardrail_gw.errors import Refusal, UpstreamFault
from guardrail_gw.redaction.way_back import WayBack
from tests.bench.scripted import answer
from tests.fuzz import corpus
from tests.fuzz.asked import VALUE, redacted
from tests.fuzz.mutate import changed, changed_bytes, cut, replaced, texts
from tests.support import converse
from tests.support.chat import DEPLOYMENT, encoded

Read = tuple[bytes, str]
"""What a client gets, and the code of the fault it ends with, if any."""
_PIECES: Final = (" ", "a", "PERSON", "PERSON_", "_", "\n", '"', "\\", "é", "🙂", "]", "x" * 40)
_HEADERS: Final = (
    *("", "x", "event", "exception", "error", "messageStart", "contentBlockStart"),
    *("contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "throttlingException"),
)
"""What the header of a binary message may become."""
_NAMED: Final = Begun(id="r", model="m")
"""What an answer is called whose provider says it in no body."""
_asked: dict[tuple[str, bool], Redacted] = {}


async def hear(dice: Random) -> str:
    """A changed answer gives the client the same however it is cut, or ends with a fault."""
    provider = dice.choice([name for name in PROVIDERS if corpus.answers(name)])
    own, *others = corpus.clients(provider)
    client = dice.choice(others) if others and dice.random() < 0.7 else own
    came = dice.choice(corpus.answers(provider))
    request = await _request(client, stream=came.stream)
    raw = _changed(provider, came, next(iter(request.originals)), dice)
    one, other = [
        await _read(provider, request, pieces) for pieces in (cut(raw, dice), cut(raw, dice))
    ]
    if one[1] != other[1]:
        raise AssertionError(f"{provider} to {client}: {one[1]!r}, cut otherwise {other[1]!r}")
    shorter, longer = sorted((one[0], other[0]), key=len)
    if shorter != longer and not (one[1] and longer.startswith(shorter)):
        raise AssertionError(f"{provider} to {client}: cuts change the answer")
    if not one[1]:
        _check_readable(client, request, one[0])
    return one[1] or "answered"


async def tell(dice: Random) -> str:
    """An answer with placeholders in text and arguments is whole again at the client."""
    provider, client = dice.choice(corpus.told_pairs())
    stream = dice.random() < 0.7
    request = await _request(client, stream=stream)
    token = next(iter(request.originals))
    text, argument = _said(token, dice), _said(token, dice)
    given = {"a": argument, "n": 1}
    events = answer(_pieces(text, dice), _pieces(json.dumps(given), dice))
    if not stream:
        events = answer([text], [json.dumps(given)])
    raw = corpus.told(provider, events, stream=stream)
    out, fault = await _read(provider, request, cut(raw, dice))
    assert not fault, f"{provider} to {client}: {fault}"
    heard = _heard(client, request, out)
    assert _joined(heard, Said) == text.replace(token, VALUE), f"{provider} to {client}: text"
    came = json.loads(_joined(heard, Arguments))
    wanted = {**given, "a": argument.replace(token, VALUE)}
    assert came == wanted, f"{provider} to {client}: arguments"
    return "restored"


async def _request(client: str, *, stream: bool) -> Redacted:
    """A client's request in which the value was found."""
    key = (client, stream)
    if key not in _asked:
        asked: dict[str, Any] = {**corpus.requests(client)[0], "model": "m", "stream": stream}
        if client == "gemini_generate":
            del asked["model"], asked["stream"]
        made = [made async for made in _with_the_value(asked, client, stream=stream)]
        _asked[key] = next(each for each in made if each.originals)
    return _asked[key]


async def _with_the_value(
    asked: dict[str, Any], client: str, *, stream: bool
) -> AsyncIterator[Redacted]:
    """The request with the value in the place of each text that may hold it."""
    for path in texts(asked):
        raw = json.dumps(replaced(asked, path, lambda _: VALUE)).encode()
        with suppress(Refusal):
            yield await redacted(client, raw, corpus.head(client, stream=stream))


async def _read(provider: str, request: Redacted, pieces: Sequence[bytes]) -> Read:
    question = request.inbound.question
    reader: AnswerReader = PROVIDERS[provider].reader(
        stream=question.stream, head=corpus.head(provider, stream=question.stream)
    )
    if question.dialect != provider:
        reader = TranslatedReader(
            inner=reader,
            provider=provider,
            client=question.dialect,
            stream=question.stream,
            created_s=0,
            named=_NAMED,
        )
    back = WayBack(
        dialect=BY_NAME[question.dialect],
        redacted=request,
        reply=Reply(deployment=DEPLOYMENT, stream=question.stream, events=_events(reader, pieces)),
        journal=Journal(),
    )
    out: list[bytes] = []
    try:
        async for piece in back:
            out += [piece]
    except UpstreamFault as fault:
        return b"".join(out), _code(fault)
    return b"".join(out), ""


def _code(fault: UpstreamFault) -> str:
    """The code of a fault, which repeats nothing that was said."""
    assert VALUE not in fault.detail
    return fault.code


async def _events(reader: AnswerReader, pieces: Sequence[bytes]) -> AsyncIterator[AnswerEvent]:
    for piece in pieces:
        for event in reader.feed(piece):
            yield event
    for event in reader.end():
        yield event


def _changed(provider: str, came: corpus.Answered, token: str, dice: Random) -> bytes:
    raw = came.raw
    if not came.stream:
        raw = encoded(_changed_json(json.loads(raw), token, dice))
    elif provider == converse.NAME:
        messages = [*EventStreamDecoder().feed(raw)]
        raw = b"".join(
            encode(each.headers, each.payload)
            for each in _changed_list(messages, token, dice, _changed_message)
        )
    else:
        raw = b"\n".join(_changed_list(raw.split(b"\n"), token, dice, _changed_line))
    for _ in range(dice.choice((0, 0, 1, 2))):
        raw = changed_bytes(raw, dice)
    return raw


def _changed_list(
    items: list[Any], token: str, dice: Random, change: Callable[[Any, str, Random], list[Any]]
) -> list[Any]:
    """Lines or messages, some of them changed."""
    for _ in range(dice.choice((0, 1, 2, 5, 9))):
        if not items:  # all of a short stream may have gone
            break
        at = dice.randrange(len(items))
        items[at : at + 1] = change(items[at], token, dice)
    return items


def _changed_message(message: Message, token: str, dice: Random) -> list[Message]:
    """A binary message, or several in its place; each has the checksums of what it says."""
    kind = dice.randrange(10)
    if kind <= 1:
        return [message] * (2 * kind)
    headers = dict(message.headers)
    if kind == 2:
        headers[dice.choice([*headers])] = dice.choice(_HEADERS)
    data = _changed_json(json.loads(message.payload), token, dice)
    return [Message(headers, encoded(data))]


def _changed_line(line: bytes, token: str, dice: Random) -> list[bytes]:
    """A line of a stream, or several in its place."""
    kind = dice.randrange(10)
    if kind == 0:
        return []
    if kind == 1:
        return [line, line]
    if line.startswith(b"{"):  # a stream of lines
        return [encoded(_changed_json(json.loads(line), token, dice))]
    name, mark, source = line.partition(b":")
    if name != b"data" or not mark:
        return [line]
    try:
        data = json.loads(source)
    except ValueError:
        return [line]
    return [b"data: " + encoded(_changed_json(data, token, dice))]


def _changed_json(data: Any, token: str, dice: Random) -> Any:
    here = texts(data)
    if here and dice.random() < 0.6:
        data = replaced(data, dice.choice(here), lambda text: f"{text}{token}")
    return changed(data, dice) if dice.random() < 0.6 else data


def _said(token: str, dice: Random) -> str:
    pieces = [dice.choice((*_PIECES, token, token)) for _ in range(dice.randrange(1, 9))]
    return " ".join([*pieces, token])


def _pieces(text: str, dice: Random) -> list[str]:
    edges = sorted({dice.randrange(1, len(text)) for _ in range(dice.randrange(8))})
    return [text[a:b] for a, b in zip([0, *edges], [*edges, len(text)], strict=True)]


def _check_readable(client: str, request: Redacted, out: bytes) -> None:
    """Raise if the client's own reader does not understand what it gets."""
    question = request.inbound.question
    reader = BY_NAME[client].reader(stream=question.stream, head=question.head)
    try:
        events = [*reader.feed(out), *reader.end()]
    except UpstreamFault as fault:
        raise AssertionError(f"{client}: what is written cannot be read: {fault}") from fault
    assert events, f"{client}: nothing is written"


def _heard(client: str, request: Redacted, out: bytes) -> list[Event]:
    question = request.inbound.question
    reader = BY_NAME[client].reader(stream=question.stream, head=question.head)
    hearing = SPOKES[client].hearing()
    datas = [event.data for event in (*reader.feed(out), *reader.end())]
    return [heard for data in datas if data is not None for heard in hearing.hear(data)]


def _joined(heard: Sequence[Event], kind: type[Said] | type[Arguments]) -> str:
    return "".join(event.text for event in heard if isinstance(event, kind))
