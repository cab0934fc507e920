"""Streams that break off, as clients get them: ended with an error, and gone on with elsewhere.

python -m tests.support.broken_streams        # writes tests/vectors/streams/
"""

from typing import Final

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.continuation.reader import Rest, continued
from guardrail_gw.dialects.continuation.seam import Seam, anchor_of
from guardrail_gw.dialects.continuation.so_far import SoFar
from guardrail_gw.dialects.every import WITH_OPENED
from guardrail_gw.dialects.translation.hub import Counted
from guardrail_gw.errors import UpstreamBroken
from tests.house.sources import ROOT
from tests.support.answered import CLIENTS, reader, streamed

FOLDER: Final = ROOT / "tests" / "vectors" / "streams"
TEXT: Final = "Dear PERSON_7K2QX9MD, thank you."


def written(dialect: str) -> tuple[bytes, bytes]:
    """What a client of the dialect gets: with an error, and gone on with."""
    stream = streamed(dialect, TEXT)
    first = b"".join(stream[: len(stream) // 2])
    so_far, reads = SoFar(dialect), reader(dialect)
    begun = []
    for event in reads.feed(first):
        so_far.hear(event)
        begun.append(_encoded(dialect, event))
    said = so_far.said
    anchor = anchor_of(said) or ""
    seam = Seam(said, anchor)
    before = Counted(usage=Usage(input=5, output=3))
    more = continued(reader(dialect), Rest(so_far=so_far, seam=seam, before=before))
    rest = b"".join(streamed(dialect, anchor + TEXT[len(seam.given) :], number=2))
    events = [*more.feed(rest), *more.end()]
    fault = UpstreamBroken("the answer of eu-1 was cut off")
    error = WITH_OPENED[dialect].error_event(fault, "req-1")
    told = b"".join(begun)
    return told + error, told + b"".join(_encoded(dialect, event) for event in events)


def _encoded(dialect: str, event: AnswerEvent) -> bytes:
    encoder = WITH_OPENED[dialect]
    if event.kind is EventKind.DONE and event.data is None:
        return encoder.done()
    return encoder.encode(event.data or {}, stream=True)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in CLIENTS:
        broken, resumed = written(name)
        (FOLDER / f"{name}.error.sse").write_bytes(broken)
        (FOLDER / f"{name}.resumed.sse").write_bytes(resumed)
