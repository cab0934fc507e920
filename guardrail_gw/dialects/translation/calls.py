"""Calls of a stream: whether the arguments of each were told to their end.

A provider may say that an answer ended well when the text of a call broke off; whoever runs tools
by it would take the call for a whole one.
"""

import json
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.dialects.translation.hub import Arguments, Called, Event
from guardrail_gw.errors import UpstreamBroken

_WHITE: Final = " \t\r\n"


@dataclass(slots=True)
class Calls:
    """Hears what a stream says of its calls."""

    _pieces: list[str] = field(default_factory=list, repr=False)
    """Of the last call's arguments, if they are JSON."""
    _is_text: bool = False
    _is_cut: bool = False

    def hear(self, event: Event) -> None:
        """Note a call, or a piece of its arguments."""
        if isinstance(event, Arguments):
            if not self._is_text:
                self._pieces.append(event.text)
        elif isinstance(event, Called):
            self._over()
            self._is_text = event.takes_text

    def check(self) -> None:
        """The answer has ended, and not for its length.

        Raises:
            UpstreamBroken: the arguments of a call are no JSON; a call may have none.
        """
        self._over()
        if self._is_cut:
            raise UpstreamBroken("the answer ended within a call")

    def _over(self) -> None:
        written = "".join(self._pieces)
        self._pieces.clear()
        if written.strip(_WHITE):
            try:
                json.loads(written)
            except (ValueError, RecursionError):
                self._is_cut = True
