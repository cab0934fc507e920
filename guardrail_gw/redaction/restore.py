"""Answers on their way back: every slot of every event is restored."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from guardrail_gw.core.exchange import Question
from guardrail_gw.core.ports import Dialect
from guardrail_gw.dialects.slots import Channel, Offset, Slot
from guardrail_gw.redaction.moves import Moves, in_bytes
from guardrail_gw.redaction.restorer import Restorer, Tail

_TEXTS: Final = ("text", "content")
"""Members that hold a text in which places are named."""
_SIZES: Final[Mapping[str, Callable[[str], int]]] = {"bytes": in_bytes, "characters": len}


class AnswerDialect(Dialect, Protocol):
    """What redaction needs of a dialect besides parsing."""

    @property
    def counter(self) -> str:
        """The member that numbers the events of a stream; empty when none does."""
        ...

    @property
    def counts(self) -> str:
        """In what answers count places in texts: `bytes`, `characters`; empty: they do not."""
        ...

    @property
    def turns(self) -> str:
        """The member whose entries a conversation adds to; empty when there is none."""
        ...

    def only(self, turns: bytes) -> bytes:
        """A body that these turns, as they stand between brackets, are all of."""
        ...

    def bare(self, question: Question) -> Question:
        """What a question says of itself, without anything that anybody wrote."""
        ...

    def unread(self, bare: Question, raw: bytes, model: str, seen: object) -> Question:
        """A question of which nothing but its members can be asked."""
        ...

    def offsets(self, question: Question, data: dict[str, Any]) -> list[Offset]:
        """Places in texts that an event names, before anything is put back in it."""
        ...

    def weight(self, question: Question) -> int:
        """The size of the body in bytes."""
        ...

    def leaves(self, question: Question) -> Iterable[tuple[str, str]]:
        """Every text of a request with its place, ids included."""
        ...

    def slots(self, question: Question, data: dict[str, Any]) -> list[Slot]:
        """The strings of an event that may hold placeholders."""
        ...

    def finished(self, data: dict[str, Any]) -> frozenset[int]:
        """The choices that end with this event."""
        ...

    def drop_logprobs(self, data: dict[str, Any]) -> None:
        """Remove token texts, which cannot be restored."""
        ...

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:
        """Take out counts the client did not ask for; True when nothing is left to send."""
        ...

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """An event that carries `text` for the channel of `slot`, in the name of event `data`."""
        ...

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """One event as bytes."""
        ...

    def done(self) -> bytes:
        """The end mark of a stream, where the provider's holds nothing."""
        ...


@dataclass(slots=True, kw_only=True)
class _Channel:
    """One text of the answer with the place where its last piece stood."""

    tail: Tail
    slot: Slot
    data: dict[str, Any] = field(repr=False)


@dataclass(slots=True, kw_only=True)
class AnswerRestorer:
    """Restores the events of one answer, in their order."""

    dialect: AnswerDialect
    question: Question
    restorer: Restorer
    _channels: dict[Channel, _Channel] = field(default_factory=dict)
    _whole: list[int] = field(default_factory=lambda: [0, 0])
    """Restored and missed in texts that are over."""
    _moves: dict[Channel, Moves | None] = field(default_factory=dict)
    """What was put back in each text that grows; None where one of its name went before."""
    _moves_here: dict[int, Moves] = field(default_factory=dict)
    """The same for texts that are whole, by the identity of what holds them, in this event."""
    _added: int = 0
    """Events put in so far: those that follow are numbered higher by as many."""

    @property
    def restored(self) -> int:
        """How many placeholders and surrogates were put back so far."""
        return self._whole[0] + sum(c.tail.restored for c in self._channels.values())

    @property
    def missed(self) -> int:
        """How many placeholders could not be put back, in the texts that have ended."""
        return self._whole[1] + sum(c.tail.missed for c in self._channels.values())

    def event(self, data: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Return the event restored in place, after what must come before it."""
        self.dialect.drop_logprobs(data)
        offsets = self._offsets(data)
        slots = self.dialect.slots(self.question, data)
        ending = self.dialect.finished(data)
        for slot in slots:
            self._pass(slot, data)
        for name in {s.channel for s in slots if s.choice in ending and s.channel is not None}:
            self._flush(name)  # this very chunk carries the channel: its tail goes with it
        if ending:
            yield from self._late(lambda slot: slot.choice in ending, data)
            self._close(ending)
        for offset in offsets:
            self._move(offset)
        if self._added:
            self._number(data, data)
        yield data

    def end(self, mark: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Return whatever is still held back; `mark` is the event that comes next, if any."""
        yield from self._late(lambda _: True, mark or {})

    def last(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the answer's last event restored in place, after all that must come before it."""
        like = {self.dialect.counter: data.get(self.dialect.counter)}
        *before, event = self.event(data)
        held = [*self.end(like)]
        self._number(event, like)
        return [*before, *held, event]

    def _pass(self, slot: Slot, data: dict[str, Any]) -> None:
        text = slot.holder[slot.key]
        if slot.channel is None:
            tail = self._tail(slot)
            if tail.moves is not None and slot.key in _TEXTS:
                self._moves_here[id(slot.holder)] = tail.moves
            slot.holder[slot.key] = tail.rest(text)
            self._whole[0] += tail.restored
            self._whole[1] += tail.missed
            return
        channel = self._channels.get(slot.channel)
        if channel is None:
            tail = self._tail(slot)
            self._moves[slot.channel] = None if slot.channel in self._moves else tail.moves
            channel = self._channels[slot.channel] = _Channel(tail=tail, slot=slot, data=data)
        channel.slot, channel.data = slot, data
        slot.holder[slot.key] = channel.tail.feed(text)
        if slot.ends:
            self._flush(slot.channel)
            self._forget(slot.channel)

    def _tail(self, slot: Slot) -> Tail:
        moves = Moves(_SIZES[self.dialect.counts]) if self.dialect.counts else None
        return Tail(restorer=self.restorer, escape=slot.escape, moves=moves)

    def _offsets(self, data: dict[str, Any]) -> list[Offset]:
        self._moves_here.clear()
        return self.dialect.offsets(self.question, data) if self.dialect.counts else []

    def _move(self, offset: Offset) -> None:
        """Count a place in the text as it is now; one that cannot be told is left out."""
        text = offset.text
        moves = (
            self._moves.get(text) if isinstance(text, tuple) else self._moves_here.get(text or 0)
        )
        if moves is not None:
            place = moves.place(offset.holder[offset.key], is_end=offset.is_end)
            offset.holder[offset.key] = place
        elif self.restored:
            holder, key = offset.within
            holder.pop(key, None)

    def _flush(self, name: Channel) -> None:
        """Add what is held back of a text to its last piece."""
        channel = self._channels.get(name)
        if channel is not None:
            channel.slot.holder[channel.slot.key] += channel.tail.flush()

    def _close(self, choices: frozenset[int]) -> None:
        """These are over: what comes under their number later is another text."""
        for name in [name for name, c in self._channels.items() if c.slot.choice in choices]:
            self._forget(name)

    def _forget(self, name: Channel) -> None:
        tail = self._channels.pop(name).tail
        self._whole[0] += tail.restored
        self._whole[1] += tail.missed

    def _late(
        self, wanted: Callable[[Slot], bool], before: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """What is held back for the wanted texts, in events put in ahead of `before`."""
        for channel in self._channels.values():
            if wanted(channel.slot) and (text := channel.tail.flush()):
                piece = self.dialect.late_piece(channel.data, channel.slot, text)
                self._number(piece, before)
                self._added += 1
                yield piece

    def _number(self, event: dict[str, Any], like: Mapping[str, Any]) -> None:
        """Count an event as `like`, behind all that was put in."""
        number = like.get(self.dialect.counter)
        if type(number) is int:
            event[self.dialect.counter] = number + self._added
