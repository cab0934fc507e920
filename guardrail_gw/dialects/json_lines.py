"""A stream of which every line is a JSON object, in bytes cut anywhere.

Source: jsonlines.org, as read in 2026; Cohere's first chat API as recorded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from guardrail_gw.dialects.sse import Frame
from guardrail_gw.errors import UpstreamBroken


@dataclass(slots=True, kw_only=True)
class JsonLinesDecoder:
    """Cuts bytes into lines; what they hold is not checked, and those of white space are left out.

    Args:
        max_line_bytes: how long one may be.
    """

    max_line_bytes: int
    _pieces: list[bytes] = field(default_factory=list, repr=False)
    """Of a line that has not ended yet."""
    _held: int = 0
    """Their bytes."""

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Yield the lines that are complete now; what comes behind one may be no line at all.

        Raises:
            UpstreamBroken: not UTF-8, or a line above the bound.
        """
        *ended, rest = chunk.split(b"\n")  # a multi-byte character has no such byte
        for line in ended:
            self._hold(line)
            yield from self.end()
        self._hold(rest)

    def end(self) -> list[Frame]:
        """Return the line that nothing ended but the bytes, if any."""
        raw = b"".join(self._pieces)
        self._pieces, self._held = [], 0
        try:
            text = raw.decode().strip()
        except UnicodeDecodeError:
            raise UpstreamBroken("the answer is not UTF-8") from None
        return [Frame("", text)] if text else []

    def _hold(self, piece: bytes) -> None:
        self._held += len(piece)
        if self._held > self.max_line_bytes:
            raise UpstreamBroken("a line of the answer is larger than the gateway takes")
        if piece:
            self._pieces.append(piece)
