"""Takes note of whom a client wants to speak to besides the gateway, and lets it through to nobody.

It is the proxy that clients are told of for everything but loopback. Telemetry, traces and lists of
models would go past the gateway; the table says who has them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class Elsewhere:
    """A proxy that says no."""

    url: str = ""
    _hosts: set[str] = field(default_factory=set)

    @property
    def variables(self) -> dict[str, str]:
        """What makes clients use it."""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        proxies = {case(name): self.url for name in names for case in (str.upper, str.lower)}
        kept = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        return {**proxies, **kept, "NODE_USE_ENV_PROXY": "1"}

    def hosts(self) -> list[str]:
        """Whom clients wanted to reach since this was last asked."""
        found = sorted(self._hosts)
        self._hosts.clear()
        return found

    async def take_note(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            line = (await reader.readline()).decode("latin-1")
            if line:
                self._hosts.add(_host(line))
                writer.write(_REFUSAL)
                await writer.drain()
        except ConnectionError:
            pass  # it did not wait for the answer
        finally:
            writer.close()


def _host(line: str) -> str:
    """Whom a request's first line is for."""
    target = [*line.split(" "), ""][1]
    host = urlsplit(target if "://" in target else f"//{target}").hostname or "?"
    return "a package registry" if host.startswith("registry.") else f"`{host}`"


@asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Listen on loopback."""
    noted = Elsewhere()
    async with await asyncio.start_server(noted.take_note, "127.0.0.1", 0) as server:
        noted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield noted
