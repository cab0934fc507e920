"""What an event of a stream costs when it is translated, and when it only passes: no sockets.

Processor time of this process: a provider's bytes are read, said in the client's dialect and
written, or read and written as they came. The two take turns, so that a busy machine is unfair to
both of them alike.
"""

import statistics
import time
from collections.abc import Iterator
from itertools import permutations

from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.translate import SPOKES, TranslatedReader
from tests.bench.scripted import answer, frames, words

Row = dict[str, float | str]
_LEAST = 0.75
"""Events written for each that was read: Gemini's clients get the pieces of a call's arguments, a
fifth of all, at once."""


def rows(*, rounds: int) -> Iterator[Row]:
    """Each pair of dialects, microseconds per event of the provider's."""
    for provider, client in permutations(SPOKES, 2):
        sent = frames(provider, answer(words(800), ['{"a":"', *words(200), '"}']))
        translated, passed = [], []
        for _ in range(rounds):
            translated.append(_translated_us(sent, provider, client))
            passed.append(_written_us(sent, BY_NAME[provider].reader(stream=True), provider))
        yield {
            "provider": provider,
            "client": client,
            "events": len(sent),
            "translated_us": statistics.median(translated),
            "passed_us": statistics.median(passed),
        }


def _translated_us(sent: list[bytes], provider: str, client: str) -> float:
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=True),
        provider=provider,
        client=client,
        stream=True,
        created_s=0,
    )
    return _written_us(sent, reader, client)


def _written_us(sent: list[bytes], reader: AnswerReader, client: str) -> float:
    start = time.process_time()
    written = [_bytes(client, event) for piece in sent for event in reader.feed(piece)]
    written += [_bytes(client, event) for event in reader.end()]
    taken = time.process_time() - start
    assert len(written) >= len(sent) * _LEAST
    return 1e6 * taken / len(sent)


def _bytes(client: str, event: AnswerEvent) -> bytes:
    dialect = BY_NAME[client]
    if event.data is None:
        return dialect.done()
    return dialect.encode(event.data, stream=True, text=event.text)
