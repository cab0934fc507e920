"""What surfaces of OpenAI share whose answers are never streamed."""

from typing import Any, Final

from guardrail_gw.core.exchange import Question
from guardrail_gw.dialects.openai_chat import encode
from guardrail_gw.dialects.parsed import Bodies
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal

_NONE: Final[frozenset[int]] = frozenset()


class WholeAnswers(Bodies):
    """The part of a dialect that says what is done with an answer of one piece."""

    __slots__ = ()

    def finished(self, data: dict[str, Any]) -> frozenset[int]:  # noqa: ARG002 - the seam's
        """Nothing comes in pieces."""
        return _NONE

    def hide_usage(self, question: Question, data: dict[str, Any]) -> bool:  # noqa: ARG002 - ditto
        """Nobody needs to ask for counts, so none are hidden."""
        return False

    def late_piece(self, data: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
        """A body is a whole, so nothing comes late: what there is goes into its own place."""
        slot.holder[slot.key] += text
        return data

    def encode(self, data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
        """A whole body."""
        return encode.encode(data, stream=stream, text=text)

    def done(self) -> bytes:
        """No stream, no end mark."""
        return b""

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        return refusal.status

    def error_body(self, refusal: Refusal, request_id: str = "") -> bytes:  # noqa: ARG002 - ditto
        """The refusal as a whole answer, in the shape of every OpenAI error."""
        return encode.error_body(refusal)

    def error_event(self, refusal: Refusal, request_id: str = "") -> bytes:  # noqa: ARG002 - ditto
        """The refusal as an event; no answer here begins before it is whole."""
        return encode.error_event(refusal)
