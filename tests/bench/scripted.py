"""The same answer in every dialect that is translated: one script, told by each dialect's spoke."""

from collections.abc import Iterator

from guardrail_gw.core.amounts import Usage
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.hub import (
    Arguments,
    Begun,
    Called,
    Counted,
    Ended,
    Event,
    Said,
    Why,
)
from guardrail_gw.dialects.translation.translate import SPOKES

_WORDS = ("a", "refund", "is", "due", "within", "ten", "days", "of", "the", "order")
_CREATED_S = 1_700_000_000


def answer(texts: list[str], arguments: list[str]) -> Iterator[Event]:
    """What is said, piece by piece, and one call with its arguments."""
    yield Begun(id="msg_1", model="bench")
    for text in texts:
        yield Said(text=text)
    if arguments:
        yield Called(id="call_1", name="look")
        for text in arguments:
            yield Arguments(text=text)
    yield Ended(why=Why.CALLS if arguments else Why.SAID)
    yield Counted(usage=Usage(input=120, output=len(texts) + len(arguments)))


def words(count: int) -> list[str]:
    """Pieces of a text, a word each."""
    return [f" {_WORDS[i % len(_WORDS)]}" for i in range(count)]


def frames(dialect: str, events: Iterator[Event]) -> list[bytes]:
    """A stream's events as a provider of the dialect sends them, its end mark last."""
    spoke, wire = SPOKES[dialect], BY_NAME[dialect]
    telling = spoke.telling(_CREATED_S)
    told = [wire.encode(data, stream=True) for each in events for data in telling.tell(each)]
    told += [wire.encode(data, stream=True) for data in telling.end()]
    mark = spoke.end_mark
    return [*told, wire.done() if mark is None else wire.encode(dict(mark), stream=True)]


def body(dialect: str, events: Iterator[Event]) -> bytes:
    """A whole answer as a provider of the dialect sends it."""
    return BY_NAME[dialect].encode(SPOKES[dialect].whole(events, _CREATED_S), stream=False)
