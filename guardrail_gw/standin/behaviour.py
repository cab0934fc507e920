"""What a stand-in does with a request, in one line of text.

    behaviour = name [ "?" option *( "&" option ) ]        option = key "=" value

The upstream model's name says it (`echo?bytes=3`), so it can be chosen through a gateway by naming
the deployment's model; a model name that is no behaviour means `echo`. Names:

    echo             answer with the last user message's text
    mirror           answer with the whole request body as text
    think            echo, after a signed thought with the same text (Messages, Responses, Gemini)
    tool             call the offered tools, arguments `{"text": <last user text>}`
    work             tool, and once tools have given something back, answer with that
    go-on            what is left of an answer that broke off, behind what the model said last
    stall            say nothing more, after `after` content events (0: not even a head)
    cut              drop the connection, after `after` content events (0: before the head)
    reset            the same with a TCP reset
    no-done          end a stream properly but for its end mark
    garbage          answer 200 with bytes that are not JSON
    wrong-json       answer 200 with JSON that is not the dialect's
    error-in-stream  answer 200 with an error object, after `after` content events
    status-NNN       answer with that status and an error object

Options (whole numbers but for the last four, which are form-encoded): `bytes` per write (0: one
write per event), `chars` per content event (4), `after` (0), `calls` per answer (1), `delay_ms`
before the answer (0), `gap_ms` before each write of it (0), `retry_after` seconds of a status
(none), `left_requests` and `left_tokens` of the provider's own rates and `reset_ms` until they are
full (none: nothing is said of them), `says` what an answer that breaks off would have been (`echo`,
`tool`, …), `text` to answer with instead, `pick` the one tool to call, and `arguments` of calls:
JSON in which `{text}` stands for the text as a string, `{line}` for its last line as a string, and
`{json}` for its last line as it is.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

_SAYING: Final = ("echo", "mirror", "think", "tool", "work", "go-on")
NAMES: Final = frozenset(
    (
        *_SAYING,
        *("stall", "cut", "reset", "no-done", "garbage", "wrong-json", "error-in-stream"),
    )
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
    gap_ms: int = 0
    retry_after: int | None = None
    left_requests: int | None = None
    left_tokens: int | None = None
    reset_ms: int | None = None
    says: str = ""
    text: str | None = None
    pick: str | None = None
    arguments: str = '{"text": {text}}'

    @property
    def content(self) -> str:
        """The behaviour that says what the answer holds, whatever becomes of it."""
        return self.says or self.name

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
    if not is_known(name):
        return Behaviour(name="echo")
    options = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    texts = {key: options.pop(key) for key in _TEXTS & options.keys()}
    unknown = sorted(options.keys() - _NUMBERS)
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}")
    numbers = {key: int(value) for key, value in options.items()}
    if any(value < 0 for value in numbers.values()):
        raise ValueError("an option is below zero")
    if texts.get("says", "echo") not in _SAYING:
        raise ValueError(f"nothing is said by {texts['says']!r}")
    told: dict[str, Any] = {**texts, **numbers}
    return Behaviour(name=name, **told)


_TEXTS: Final = frozenset(("says", "text", "pick", "arguments"))
_NUMBERS: Final = frozenset(
    (
        *("bytes", "chars", "after", "calls", "delay_ms", "gap_ms", "retry_after"),
        *("left_requests", "left_tokens", "reset_ms"),
    )
)


def is_known(name: str) -> bool:
    """Whether this is the name of a behaviour."""
    return name in NAMES or _is_status(name)


def _is_status(name: str) -> bool:
    number = name.removeprefix(_STATUS)
    return name.startswith(_STATUS) and number.isdecimal() and 300 <= int(number) <= 599  # noqa: PLR2004 - HTTP
