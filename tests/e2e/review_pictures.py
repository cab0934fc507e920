"""Take the pictures of the review console that the README shows.

    python -m tests.e2e.review_pictures [--scheme dark] [--into docs/pictures]

A month of an invented team, the real command, a real browser.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tests.support.audit_world import world
from tests.support.chromium import started
from tests.support.review_command import reviewing_of
from tests.support.reviewed import BLOCKED, FULL, KEPT, OVER, PLAIN, UNLAWFUL, Told, written

_PEOPLE = ("anna.schmidt", "bo.larsen", "carla.rossi", "dimitri.papadakis", "eva.novak")
_KINDS = (KEPT, PLAIN, OVER, KEPT, PLAIN, FULL, PLAIN, KEPT, BLOCKED, PLAIN, KEPT, UNLAWFUL, PLAIN)
_WEEKDAYS = 5


def main() -> None:
    """Write the log, look at it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--into", type=Path, default=Path("docs/pictures"))
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        made = world(Path(home))
        written(made, list(_month()))
        keys = [made.home / "keys" / "auditors" / f"{name}.key" for name in ("auditor", "escrow")]
        with reviewing_of(made.log, keys, "--public", str(made.public_folder)) as (link, base):
            _take(link, base, options.into, options.scheme)


def _month() -> Iterator[list[Told]]:
    number = 0
    for day in range(31):
        exchanges = []
        for _ in range(3 + day * 5 % 7 if day % 7 < _WEEKDAYS else 1):
            number += 1
            kind, who = _KINDS[number % len(_KINDS)], _PEOPLE[number * 3 % len(_PEOPLE)]
            model = "writer" if number % 4 == 0 else kind.model
            exchanges.append(replace(kind, user=who, model=model))
        yield exchanges


def _take(link: str, base: str, into: Path, scheme: Literal["light", "dark"]) -> None:
    with started() as browser:
        page = browser.new_context(
            viewport={"width": 1180, "height": 1010}, color_scheme=scheme
        ).new_page()
        page.goto(link)
        page.screenshot(path=into / "review-overview.png")
        page.goto(f"{base}/person?person=anna.schmidt&since=2026-03-01&until=2026-03-31")
        page.get_by_role("region", name="anna.schmidt").screenshot(path=into / "review-person.png")


if __name__ == "__main__":
    main()
