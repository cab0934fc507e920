"""What is another through the gateway, and which of that is written down with its reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from tests.conformance.runner import Checks

FILE: Final = Path(__file__).parent / "differences.yaml"
LEFT_OUT: Final = Path(__file__).parent / "left_out.yaml"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One check that ends otherwise."""

    run: str
    """`server 2025-11-25 redacting`."""
    scenario: str
    check: str
    direct: str
    through: str


def differences(run: str, direct: Checks, through: Checks) -> list[Difference]:
    """The checks of a run that end otherwise through the gateway."""
    return [
        Difference(run, *key, _ended(direct, key), _ended(through, key))
        for key in sorted(direct.keys() | through.keys())
        if sorted(direct.get(key, ())) != sorted(through.get(key, ()))
    ]


def documented(path: Path = FILE) -> Mapping[Difference, str]:
    """Those that are written down -> why they are as they must be."""
    entries = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or []
    return {
        Difference(
            each["run"], each["scenario"], each["check"], each["direct"], each["through"]
        ): each["reason"]
        for each in entries
    }


def left_out(path: Path = LEFT_OUT) -> Mapping[str, str]:
    """Scenarios of clients that are not played -> why."""
    entries = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or []
    return {each["scenario"]: each["reason"] for each in entries}


def judged(
    found: Iterable[Difference], known: Mapping[Difference, str], runs: Iterable[str]
) -> tuple[list[Difference], list[Difference]]:
    """Those that nobody wrote down, and those written down of these runs that are none any more."""
    seen, tried = set(found), set(runs)
    stale = [each for each in known if each.run in tried and each not in seen]
    return sorted(seen - known.keys()), sorted(stale)


def _ended(checks: Checks, key: tuple[str, str]) -> str:
    return " ".join(sorted(checks.get(key, ()))) or "absent"
