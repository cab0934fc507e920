"""Reads an answer that goes on with another one, and gives what is new of it to the client.

The client sees one answer: its beginning is not told again, nor what was said before; its thoughts
are left out, since they are about how to go on; its counts are the sum of both.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.core.leaving import Mending
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.dialects.continuation.seam import Joint, Seam
from guardrail_gw.dialects.continuation.so_far import SoFar
from guardrail_gw.dialects.translation.hub import Begun, Counted, Event, Said, Thought
from guardrail_gw.dialects.translation.translate import Telling, TranslatedReader


@dataclass(slots=True, kw_only=True)
class ContinuedReader(TranslatedReader):
    """Reads the rest of an answer; made by `continued`."""

    joint: Joint
    telling: Telling
    """Has told what came before."""
    before: Counted | None = None
    """What was counted of what came before."""
    mending: Mending | None = None

    def __post_init__(self) -> None:
        """Begin where the other answer broke off."""
        TranslatedReader.__post_init__(self)  # a class with slots is made twice: no super()
        self._telling = self.telling

    def _further(self, event: AnswerEvent) -> AnswerEvent | None:
        further = TranslatedReader._further  # noqa: SLF001 - its own, where super() cannot be used
        return further(self, event) if self.joint.is_over and self.mending is None else None

    def _heard(self, event: AnswerEvent) -> Iterator[Event]:
        every = TranslatedReader._heard  # noqa: SLF001 - as above
        for heard in every(self, event):
            match heard:
                case Begun() | Thought():
                    pass
                case Said():
                    if text := self._new(heard.text):
                        yield Said(text=text, is_refusal=heard.is_refusal)
                case Counted():
                    yield self._with_before(heard)
                case _:  # whatever else comes, the text has been said
                    self.joint.end()
                    if self.mending is not None and (text := self.mending.flush()):
                        yield Said(text=text)
                    yield heard

    def _new(self, text: str) -> str:
        """What the client has not had of a piece."""
        text = self.joint.feed(text)
        return text if self.mending is None else self.mending.feed(text)

    def _with_before(self, counted: Counted) -> Counted:
        before = self.before
        if before is None:
            return counted
        return Counted(usage=before.usage + counted.usage, thought=before.thought + counted.thought)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What an answer is the rest of."""

    so_far: SoFar
    """What the client has."""
    seam: Seam
    """Where it goes on."""
    before: Counted | None = None
    """What was counted of what came before."""
    mending: Callable[[], Mending] | None = None
    """Makes what puts back what was replaced where it was told."""


def continued(inner: AnswerReader, rest: Rest) -> ContinuedReader:
    """A reader that goes on.

    Args:
        inner: reads the new answer, in the client's dialect.
        rest: of what.
    """
    return ContinuedReader(
        inner=inner,
        provider=rest.so_far.dialect,
        client=rest.so_far.dialect,
        stream=True,
        created_s=0,
        joint=Joint(rest.seam),
        telling=rest.so_far.telling(),
        before=rest.so_far.counted(rest.before),
        mending=None if rest.mending is None else rest.mending(),
    )
