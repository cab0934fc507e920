"""The MCP server for tests (tests/support/mcp_fixture.py) as a process of its own, over HTTP."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PIPE = asyncio.subprocess.PIPE
PROGRAM = (sys.executable, "-m", "tests.support.mcp_fixture")

LEASHED = (*PROGRAM, "--leashed")
"""It ends with its standard input: also when who started it is killed."""


def stdio_command(speaks: str = "auto") -> tuple[str, ...]:
    """How it is started over stdio."""
    return (*PROGRAM, "--stdio", "--speaks", speaks)


@asynccontextmanager
async def served(speaks: str = "auto") -> AsyncIterator[str]:
    """Its address, for as long as it runs."""
    program = await asyncio.create_subprocess_exec(
        *LEASHED, "--speaks", speaks, stdin=PIPE, stdout=PIPE
    )
    try:
        assert program.stdout is not None
        port = int(await program.stdout.readline())
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        program.kill()
        await program.communicate()
