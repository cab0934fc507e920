"""What a client has of an answer, and whether somebody else can go on with it.

It is kept as the provider wrote it, placeholders and all: an event is heard before originals are
put back in it.
"""

from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.continuation.places import PLACES, Place
from guardrail_gw.dialects.translation.hub import (
    Begun,
    Counted,
    Ended,
    Event,
    Said,
    Thought,
)
from guardrail_gw.dialects.translation.translate import PROVIDED, SPOKES, Hearing, Telling
from guardrail_gw.errors import UpstreamBroken

MOST_CHARS: Final = 256 << 10
"""Of a text that is kept to be gone on with."""
_ODD: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError, UpstreamBroken)
"""What events raise that are not as their dialect says: the client gets them as they are."""


@dataclass(slots=True)
class SoFar:
    """The answer of one exchange, in its client's dialect."""

    dialect: str
    obstacle: str = ""
    """Why nobody can go on with it; empty while somebody can."""
    _hearing: Hearing = field(init=False)
    _place: Place = field(init=False)
    _begun: Begun | None = None
    _pieces: list[str] = field(default_factory=list, repr=False)
    _chars: int = 0
    _is_thinking: bool = False
    _has_ended: bool = False
    _thought: int = 0
    """Tokens of thoughts, as far as they were told."""

    def __post_init__(self) -> None:
        """Nothing was told yet."""
        self._hearing = SPOKES[self.dialect].hearing()
        self._place = PLACES[self.dialect]()

    @property
    def said(self) -> str:
        """The text."""
        return "".join(self._pieces)

    @property
    def is_over(self) -> bool:
        """Whether its provider said that it is over, so that its end mark alone is missing."""
        return self._has_ended and not self.obstacle

    @property
    def can_go_on(self) -> bool:
        """Whether it broke off within a text, which somebody else can go on with."""
        if self.obstacle or self._has_ended or self._is_thinking or self._begun is None:
            return False
        return self._chars > 0 and self._place.telling(self._begun) is not None

    def hear(self, event: AnswerEvent) -> None:
        """Look at an event that is about to be passed on."""
        if self.obstacle or event.kind is EventKind.DONE or event.data is None:
            return
        try:
            self._place.note(event.data)
            text = self._hearing.further(event.data)
            if text is not None:
                self._say(text)
                return
            for heard in self._hearing.hear(event.data):
                self._note(heard)
            if event.usage is not None:
                self._thought = PROVIDED[self.dialect].thought(event.data) or self._thought
        except _ODD:
            self.obstacle = "it has a part that nobody else can go on with"

    def telling(self) -> Telling:
        """What tells the rest of it, from here on."""
        telling = None if self._begun is None else self._place.telling(self._begun)
        if telling is None:
            raise TypeError("nobody can go on with it")
        return telling

    def counted(self, counts: Counted | None) -> Counted | None:
        """What was counted, with the thoughts among it."""
        return None if counts is None else Counted(usage=counts.usage, thought=self._thought)

    def end_mark(self) -> AnswerEvent | None:
        """The end mark of an answer that is over; None where it says more than that."""
        spoke = SPOKES[self.dialect]
        if spoke.last_is_mark:
            return None
        mark = None if spoke.end_mark is None else dict(spoke.end_mark)
        return AnswerEvent(kind=EventKind.DONE, data=mark)

    def _note(self, heard: Event) -> None:
        match heard:
            case Said(is_refusal=False, logprobs=()):
                self._say(heard.text)
            case Thought():
                self._is_thinking = True
            case Begun() if self._begun is None:
                self._begun = heard
            case Ended():
                self._has_ended = True
            case Counted():
                pass
            case _:  # calls, sources, refusals, a second answer
                self.obstacle = "it is more than a text"

    def _say(self, text: str) -> None:
        self._is_thinking = False
        self._pieces.append(text)
        self._chars += len(text)
        if self._chars > MOST_CHARS:
            self.obstacle = "it is too long to be kept"
            self._pieces.clear()
