"""What a stand-in does with a request, in one line of text.

    behaviour = name [ "?" option *( "&" option ) ]        option = key "=" value

The upstream model's name says it (`echo?bytes=3`), so it can be chosen through a gateway by naming
the deployment's model; a model name that is no behaviour means `echo`. Names:

    echo             answer with the last user message's text
    mirror           answer with the whole request body as text
    think            echo, after a signed thought with the same text (Messages, Responses, Gemini)
    tool             call the offered tools, arguments `{"text": <last user text>}`
    stall            say nothing more, after `after` content events (0: not even a head)
    cut              drop the connection, after `after` content events (0: before the head)
    no-done          end a stream properly but for its end mark
    garbage          answer 200 with bytes that are not JSON
    error-in-stream  answer 200 with an error object, after `after` content events
    status-NNN       answer with that status and an error object

Options (all whole numbers but `text`): `bytes` per write (0: one write per event), `chars` per
content event (4), `after` (0), `calls` per answer (1), `delay_ms` before the answer (0),
`retry_after` seconds of a status (none), `text` to answer with instead (form-encoded).
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

NAMES: Final = frozenset(
    ("echo", "mirror", "think", "tool", "stall", "cut", "no-done", "garbage", "error-in-stream")
)
_STATUS: Final = "status-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One parsed line."""

    name: str
    bytes: int = 0
    chars: int = 4
    after: int = 0
    calls: int = 1
    delay_ms: int = 0
    retry_after: int | None = None
    text: str | None = None

    @property
    def status(self) -> int | None:
        """The HTTP status of a `status-NNN`, else None."""
        return int(self.name[len(_STATUS) :]) if self.name.startswith(_STATUS) else None


def parse(line: str) -> Behaviour:
    """Read one behaviour.

    Raises:
        ValueError: the name is known but an option is not, or is not a whole number.
    """
    name, _, query = line.partition("?")
    if not (name in NAMES or _is_status(name)):
        return Behaviour(name="echo")
    options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    text = options.pop("text", None)
    unknown = sorted(options.keys() - _NUMBERS)
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}")
    numbers = {key: int(value) for key, value in options.items()}
    if any(value < 0 for value in numbers.values()):
        raise ValueError("an option is below zero")
    return Behaviour(name=name, text=text, **numbers)


_NUMBERS: Final = frozenset(("bytes", "chars", "after", "calls", "delay_ms", "retry_after"))


def _is_status(name: str) -> bool:
    number = name.removeprefix(_STATUS)
    return name.startswith(_STATUS) and number.isdecimal() and 300 <= int(number) <= 599  # noqa: PLR2004 - HTTP
