"""The table of docs/parameters.md: `python -m tests.support.parameters`."""

import sys

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.parameters import done


def table() -> str:
    """A row for each entry of each provider, in the catalog's order."""
    rows = [
        "| provider | dialect | models | what is done | source, read on |",
        "|---|---|---|---|---|",
    ]
    providers = Catalog.load().providers
    for name in sorted(providers):
        for fact in providers[name].parameters:
            models = "all" if fact.models is None else f"`{fact.models}`".replace("|", "\\|")
            hand = "at second hand: " if fact.second_hand else ""
            where = f"{hand}{fact.source}, {fact.verified_on.isoformat()}"
            spoken = ", ".join(f"`{dialect}`" for dialect in fact.dialects)
            rows.append(f"| `{name}` | {spoken} | {models} | {done(fact)} | {where} |")
    silent = [f"`{n}`" for n in sorted(providers) if not providers[n].parameters]
    return "\n".join([*rows, "", f"No table: {', '.join(silent)}."])


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
