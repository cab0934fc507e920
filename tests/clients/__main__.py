"""Tries real clients, unmodified, through the gateway: `python -m tests.clients`.

    --only NAME     only the clients whose id begins with this (repeatable), and no table
    --json          the results as JSON lines instead of a table
    --seed TEXT     other people

Writes the table in docs/compatibility.md, unless `--only` is given. Ends with 1 if a client could
not do what it should, or a provider saw what it must not.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from guardrail_gw.observability.log import configure
from tests.clients import page
from tests.clients.elsewhere import elsewhere
from tests.clients.house import house
from tests.clients.roster import ROSTER, Client
from tests.clients.trial import Result, Trial


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", default="clients")
    chosen = parser.parse_args(arguments)
    clients = _chosen(chosen.only)
    if not clients:
        parser.error(f"no such client; there are {', '.join(c.id for c in ROSTER)}")
    configure(level="error")
    results = asyncio.run(_tried(clients, chosen.seed))
    _show(results, as_json=chosen.json)
    if not chosen.only:
        page.write(results)
    return 0 if all(result.passed for result in results) else 1


def _chosen(names: Sequence[str]) -> list[Client]:
    return [
        client
        for client in ROSTER
        if not names or any(client.id.startswith(name) for name in names)
    ]


async def _tried(clients: Sequence[Client], seed: str) -> list[Result]:
    results = []
    with tempfile.TemporaryDirectory() as name, Progress(console=_SPOKEN) as progress:
        folder = Path(name)
        task = progress.add_task("starting", total=len(clients))
        async with elsewhere() as noted, house(folder) as gateway:
            trial = Trial(gateway, noted, folder / "homes", seed=seed)
            for client in clients:
                progress.update(task, description=client.id)
                results.append(await trial.of(client))
                progress.console.print(page.line(results[-1]), highlight=False)
                progress.advance(task)
    return results


_SPOKEN = Console(stderr=True)


def _show(results: Sequence[Result], *, as_json: bool) -> None:
    if as_json:
        for result in results:
            print(json.dumps(result.described(), ensure_ascii=False))
    else:
        print("\n".join(page.table(results)))


if __name__ == "__main__":
    sys.exit(main())
