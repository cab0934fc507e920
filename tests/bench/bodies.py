"""The requests of the two scenarios; every value is made up from a seed."""

import json
import random

from tests.bench.provider import WORDS

FIRST = ("Anna", "Jonas", "Claire", "Mateo", "Sophie", "Lukas", "Elena", "Thomas", "Marta", "Paul")
LAST = ("Schneider", "Moreau", "Garcia", "Novak", "Lindberg", "Keller", "Rossi", "Dubois", "Weber")
FILLER = (
    "please check why the refund for our last order has still not arrived and tell me what "
    "the next step is because the shop promised it within ten days and nobody there picks up "
    "when I call them in the morning or late in the afternoon so I would like a written "
    "answer that I can show to my bank and also a short note about which papers they still "
    "need from us "
)
_WORDS = 100


def clean(*, stream: bool) -> bytes:
    """Scenario (a): always the same body of about 600 bytes, without personal data."""
    return _body("Summarise this in one line, please. " + WORDS + " " + WORDS[:200], stream=stream)


def personal(seed: int, *, stream: bool) -> bytes:
    """Scenario (b): 100 words with a name, an e-mail, an IBAN and a phone; new for each seed."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, and guards nothing
    first, last = dice.choice(FIRST), dice.choice(LAST)
    opening = (
        f"My name is {first} {last}, my e-mail is {first.lower()}.{last.lower()}"
        f"{dice.randrange(10**8)}@example.com, my IBAN is {iban(dice)} and my phone number is "
        f"+49 30 {dice.randrange(10**6, 10**7)}; case {dice.randrange(10**9)}:"
    ).split()
    filler = FILLER.split()
    rest = [dice.choice(filler) for _ in range(_WORDS - len(opening))]
    return _body(" ".join(opening + rest), stream=stream)


def iban(dice: random.Random) -> str:
    """A German account number with the right check digits."""
    account = f"{dice.randrange(10**18):018d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def _body(text: str, *, stream: bool) -> bytes:
    messages = [{"role": "user", "content": text}]
    body = {"model": "bench", "messages": messages, "stream": stream}
    return json.dumps(body, separators=(",", ":")).encode()
