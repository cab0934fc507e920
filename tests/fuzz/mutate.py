"""Changes of JSON and of bytes as nobody means them, drawn from a seeded generator."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

_NAMES: Final = (
    *("role", "content", "type", "text", "source", "data", "id", "name", "input", "arguments"),
    *("function", "tool_calls", "parts", "contents", "output", "choices", "delta", "index"),
    *("usage", "error", "thinking", "signature", "x", "", "__proto__", "ключ", "名前"),
)
_TEXTS: Final = (
    *(
        "",
        " ",
        "\x00",
        "\u200b",
        "\u202e",
        "\ufeff",
        "é",
        "🙂",
        "\U0001d54f",
        "{",
        "[]",
        '{"a":"b"}',
        "null",
    ),
    *("data:image/png;base64,AAAA", "PERSON_7K2QX9MD", "<b>", "%41", "\\u0041", "a" * 3000),
)
_NUMBERS: Final = (0, -1, 1, 2**31, 2**63, 10**30, -(10**12), 0.5, 1e308, 4.1e15, 4111111111111111)
_SCALARS: Final = (None, True, False, *_NUMBERS)
_LITERALS: Final = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 400,
    b"-0",
    b"01",
    b'"\\ud800"',
    b'"\\u0000"',
    b"1E5",
)
_BYTES: Final = (
    *(b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"\xff", b"\xc3", b"\xf0\x9f", b"\xef\xbb\xbf", b"\x00"),
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b":", b"data: ", b"data: [DONE]\n\n", b"event: error\n"),
)
_DEEP: Final = (3, 30, 70, 300)

Step = str | int


def places(value: Any) -> list[tuple[Step, ...]]:
    """Every place within JSON, the top included."""
    found: list[tuple[Step, ...]] = []
    stack: list[tuple[tuple[Step, ...], Any]] = [((), value)]
    while stack:
        path, node = stack.pop()
        found.append(path)
        if isinstance(node, dict):
            stack += [((*path, key), member) for key, member in node.items()]
        elif isinstance(node, list):
            stack += [((*path, index), member) for index, member in enumerate(node)]
    return found


def at(value: Any, path: tuple[Step, ...]) -> Any:
    """What stands at a place."""
    for step in path:
        value = value[step]
    return value


def texts(value: Any) -> list[tuple[Step, ...]]:
    """Every place within JSON where a text stands."""
    return [path for path in places(value) if isinstance(at(value, path), str)]


def replaced(value: Any, path: tuple[Step, ...], change: Callable[[Any], Any]) -> Any:
    """A copy with something else at a place."""
    if not path:
        return change(value)
    copied = value.copy()
    copied[path[0]] = replaced(value[path[0]], path[1:], change)
    return copied


def some_json(dice: Random, depth: int = 2) -> Any:
    """Anything."""
    kind = dice.randrange(6 if depth else 3)
    if kind == 0:
        return dice.choice(_SCALARS)
    if kind <= 2:
        return dice.choice(_TEXTS)
    if kind == 3:
        return [some_json(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(_NAMES): some_json(dice, depth - 1) for _ in range(dice.randrange(4))}


def changed(value: Any, dice: Random) -> Any:
    """JSON with one thing in it otherwise; the value stays as it is."""
    path = dice.choice(places(value))
    return replaced(value, path, lambda here: dice.choice(_CHANGES)(here, dice))


def changed_bytes(raw: bytes, dice: Random) -> bytes:
    """Bytes with one thing in them otherwise."""
    at = dice.randrange(len(raw) + 1)
    end = min(len(raw), at + dice.choice((1, 1, 2, 8, 100)))
    match dice.randrange(7):
        case 0:
            changed = raw[:at] + raw[end:]
        case 1:
            changed = raw[:end] + raw[at:end] + raw[end:]
        case 2:
            changed = raw[:at]
        case 3:
            changed = raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1 :]
        case 4:
            changed = _with_literal(raw, dice)
        case 5:
            changed = raw.replace(b"\n", dice.choice((b"\r\n", b"\r", b"\n\n")))
        case _:
            changed = raw[:at] + dice.choice(_BYTES) + raw[at:]
    return changed


def cut(raw: bytes, dice: Random) -> list[bytes]:
    """The same bytes in pieces."""
    most = dice.choice((1, 4, 40))
    edges = sorted(dice.randrange(len(raw) + 1) for _ in range(dice.randrange(most + 1)))
    return [raw[a:b] for a, b in zip([0, *edges], [*edges, len(raw)], strict=True)]


def _with_literal(raw: bytes, dice: Random) -> bytes:
    """What stands behind a colon becomes something that readers of JSON disagree about."""
    colons = [at for at in range(len(raw)) if raw[at : at + 1] == b":"]
    if not colons:
        return raw
    at = dice.choice(colons) + 1
    return raw[:at] + dice.choice(_LITERALS) + b"," + raw[at:]


def _other(_: Any, dice: Random) -> Any:
    return some_json(dice)


def _wrapped(here: Any, dice: Random) -> Any:
    for _ in range(dice.choice(_DEEP)):
        here = [here] if dice.random() < 0.5 else {dice.choice(_NAMES): here}
    return here


def _in_a_string(here: Any, dice: Random) -> Any:
    for _ in range(dice.choice((1, 1, 2, 5))):
        here = json.dumps(here)
    return here


def _twice(here: Any, _: Random) -> Any:
    return [here, here]


def _more(here: Any, dice: Random) -> Any:
    if isinstance(here, dict):
        return {**here, dice.choice(_NAMES): some_json(dice)}
    if isinstance(here, list):
        at = dice.randrange(len(here) + 1)
        return [*here[:at], some_json(dice), *here[at:]]
    return f"{dice.choice(_TEXTS)}{here}{dice.choice(_TEXTS)}" if isinstance(here, str) else here


def _less(here: Any, dice: Random) -> Any:
    if isinstance(here, dict) and here:
        left_out = dice.choice([*here])
        return {key: member for key, member in here.items() if key != left_out}
    return here[:-1] if isinstance(here, list | str) else None


def _otherwise_named(here: Any, dice: Random) -> Any:
    if not isinstance(here, dict) or not here:
        return dice.choice(_SCALARS)
    renamed = dice.choice([*here])
    new = dice.choice(_NAMES)
    return {new if key == renamed else key: member for key, member in here.items()}


def _shuffled(here: Any, dice: Random) -> Any:
    if isinstance(here, dict):
        items = [*here.items()]
        dice.shuffle(items)
        return dict(items)
    return dice.sample(here, len(here)) if isinstance(here, list) else here


_CHANGES: Final[tuple[Callable[[Any, Random], Any], ...]] = (
    *(_other, _other, _wrapped, _in_a_string, _twice),
    *(_more, _more, _less, _otherwise_named, _shuffled),
)
