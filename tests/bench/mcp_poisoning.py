"""What the heuristics of poisoning say of honest texts, and what they take.

    python -m tests.bench.mcp_poisoning FOLDER [-- SERVER COMMAND …]

Every text file under FOLDER is read as a result; with a command, the definitions of that server.
"""

import asyncio
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from mcp import Client, StdioServerParameters

from guardrail_gw.mcp.control.poisoning import SUSPECT, suspicions

_KINDS = ("*.md", "*.txt", "*.html", "*.rst")
_LARGEST = 1 << 20


def main() -> None:
    """Print counts, and the names of files that are suspect."""
    folder, _, command = " ".join(sys.argv[1:]).partition(" -- ")
    texts = [each for kind in _KINDS for each in Path(folder).rglob(kind)]
    measure(path for path in texts if path.is_file() and path.stat().st_size < _LARGEST)
    if command:
        asyncio.run(definitions(command.split()))


def measure(paths: Iterable[Path]) -> None:
    """Read files as results."""
    count = size = 0
    suspect = list[str]()
    began_s = time.process_time()
    for path in paths:
        text = path.read_text(errors="replace")
        count, size = count + 1, size + len(text)
        kinds = {str(each.trick) for each in suspicions(text) if each.score >= SUSPECT}
        if kinds:
            suspect.append(f"{path.name}: {', '.join(sorted(kinds))}")
    took_s = time.process_time() - began_s
    ns = took_s / max(size, 1) * 1e9
    print(f"{count} files, {size} characters: {len(suspect)} suspect, {ns:.0f} ns a character")
    print(*suspect[:40], sep="\n")


async def definitions(command: list[str]) -> None:
    """Read a server's definitions."""
    there = StdioServerParameters(command=command[0], args=command[1:])
    async with Client(there) as client:
        for tool in (await client.list_tools()).tools:
            said = tool.model_dump(by_alias=True, exclude_none=True)
            print(tool.name, [(str(e.trick), e.place, e.score) for e in suspicions(said)])


if __name__ == "__main__":
    main()
