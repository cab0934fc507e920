"""Messages for the detection benches: prose with personal data now and then, from a seed."""

import random

from tests.bench.bodies import FILLER, FIRST, LAST, iban

_SYLLABLES = (
    *("ka", "lo", "mi", "re", "tu", "ban", "der", "sol"),
    *("ven", "tor", "ig", "nes", "pra", "hul", "wic", "zam"),
)


def dice(seed: int) -> random.Random:
    """The same draws for the same seed."""
    return random.Random(seed)  # noqa: S311 - repeatable, and guards nothing


def message(source: random.Random, *, words: int) -> str:
    """A message of so many words: about one in ten is new to everybody, one in twenty personal."""
    parts: list[str] = []
    filler = FILLER.split()
    while len(parts) < words:
        draw = source.random()
        if draw < 0.015:
            parts += source.choice(_PERSONAL)(source).split()
        elif draw < 0.1:
            parts.append("".join(source.choices(_SYLLABLES, k=3)))
        else:
            parts.append(source.choice(filler) + source.choice(("", "", "", "", "", ",", ".")))
    return " ".join(parts[:words])


def _name(source: random.Random) -> str:
    return f"My name is {source.choice(FIRST)} {source.choice(LAST)}."


def _mail(source: random.Random) -> str:
    return f"Write to {source.choice(FIRST).lower()}{source.randrange(10**6)}@example.com,"


def _phone(source: random.Random) -> str:
    return f"call +49 30 {source.randrange(10**6, 10**7)}"


def _account(source: random.Random) -> str:
    return f"IBAN {iban(source)}"


def _order(source: random.Random) -> str:
    return f"order {source.randrange(10**8)} of 12.03.2026"


_PERSONAL = (_name, _name, _mail, _phone, _account, _order, _order)
