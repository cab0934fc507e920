"""The one way in which a detector process speaks: a line of our own, on a descriptor of its own.

Whatever else would print, native libraries included, writes to descriptors 1 and 2, and these lead
nowhere: a text that was to be scanned cannot get into the logs that way.
"""

import os
from typing import Self

_LONGEST = 200
_OUTPUTS = (1, 2)
"""Standard output and standard error."""


class Voice:
    """Where the process says a name; what forks from it speaks there too."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def alone(cls) -> Self:
        """Keep standard error for this voice; let nothing else in the process be heard.

        A program that this one starts does not inherit the descriptor.
        """
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            kept = os.dup(_OUTPUTS[-1])
        except OSError:  # it was closed: then nothing is heard at all
            kept = os.dup(nowhere)
        for output in _OUTPUTS:
            os.dup2(nowhere, output)
        if nowhere not in _OUTPUTS:  # it took the place of one that was closed
            os.close(nowhere)
        return cls(kept)

    def say(self, name: str) -> None:
        """Write one line; `name` is of a type, or a note about the model."""
        line = "".join(c if c.isprintable() else " " for c in name[:_LONGEST])
        os.write(self._descriptor, f"detector: {line}\n".encode("utf-8", "replace"))
