"""Names of places, and the countries they stand for. Unknown names stand for nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guardrail_gw.documents import closest, suggestion
from guardrail_gw.errors import ConfigError

UNKNOWN = "unknown"
_USUAL = ("EU", "EEA", "UK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdictions:
    """`EU`, `EEA`, `UK`, ... and every ISO country code on its own."""

    members: Mapping[str, frozenset[str]]
    """Name -> ISO 3166-1 alpha-2 codes, at least one."""

    def name_of(self, countries: frozenset[str]) -> str:
        """The narrowest usual name of where countries lie: `EU`, `EEA`, `UK`, `US`, `CH+DE`.

        No countries are nowhere that is known: `UNKNOWN`, which is in no jurisdiction.
        """
        if not countries:
            return UNKNOWN
        usual = (n for n in _USUAL if countries <= self.members.get(n, frozenset()))
        return next(usual, "+".join(sorted(countries)))

    def near(self, name: str) -> str | None:
        """The known name nearest to a mistyped one."""
        return closest(name, self.members)

    def countries(self, names: Iterable[str]) -> frozenset[str]:
        """The union of what the names stand for; no names, no countries.

        Raises:
            ConfigError: a name that is neither a jurisdiction nor a country.
        """
        found: set[str] = set()
        for name in names:
            if name not in self.members:
                raise ConfigError(f"unknown jurisdiction {name!r}{suggestion(self.near(name))}")
            found |= self.members[name]
        return frozenset(found)
