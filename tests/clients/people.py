"""People who do not exist, by a seed: the personal data that must come back and go nowhere."""

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Final

_FIRST: Final = ("Anna", "Thomas", "Julia", "Michael", "Laura", "Stefan", "Katharina", "Daniel")
_LAST: Final = ("Schmidt", "Hoffmann", "Weber", "Fischer", "Schneider", "Wagner", "Becker")
_BANK: Final = "37040044"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; the names of the fields are those of the structured output."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    iban: str = field(repr=False)
    phone: str = field(repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """What nobody else may see."""
        return (self.name, self.email, self.iban, self.phone)

    @property
    def form(self) -> dict[str, str]:
        """All of it by name."""
        return asdict(self)


def people(seed: str) -> Iterator[Person]:
    """No end of people, the same for the same seed."""
    draw = random.Random(seed)
    while True:
        first, last = draw.choice(_FIRST), draw.choice(_LAST)
        number = draw.randrange(10**6)
        yield Person(
            name=f"{first} {last}",
            email=f"{first}.{last}{number % 1000}@example.org".lower(),
            iban=_iban(f"{_BANK}{number:010}"),
            phone=f"+49 30 9{draw.randrange(10**5, 10**6)}",
        )


def _iban(account: str) -> str:
    """A German IBAN in fours; its check digits by ISO 13616: mod 97 of the account and `DE00`."""
    check = 98 - int(f"{account}131400") % 97
    plain = f"DE{check:02}{account}"
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
