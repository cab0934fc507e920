"""Real MCP clients through the gateway, to a server and a model that must see nobody's data.

python -m tests.mcp_clients [--only claude]
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from tests.mcp_clients.house import house
from tests.mcp_clients.trials import TRIALS


def main() -> None:
    """Try them one after another; what they print is on standard error."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    only = parser.parse_args().only
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    faults = asyncio.run(_run(only))
    lines = [f"{name:28} {'; '.join(wrong) or 'ok'}" for name, wrong in faults.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(any(faults.values()))


async def _run(only: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gateway").mkdir()
        async with house(folder / "gateway") as at:
            for number, trial in enumerate(TRIALS):
                if only in trial.name:
                    (folder / str(number)).mkdir()
                    found[trial.name] = await trial.faults(at, folder / str(number))
    return found


if __name__ == "__main__":
    main()
