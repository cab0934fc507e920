"""Which hosts and web pages may ask: a page in a browser must not reach what only programs may.

Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http ("Security warning").
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from multidict import CIMultiDict, CIMultiDictProxy

from guardrail_gw.errors import ForeignHost, ForeignOrigin

_LOOPBACK: Final = ("localhost", "localhost.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Judges the headers `Host` and `Origin`."""

    hosts: frozenset[str]
    """Names of this gateway besides loopback's, in lower case, without a port."""
    origins: frozenset[str]
    """Pages of elsewhere that may ask: `https://chat.example`."""
    any_host: bool
    """It listens to others than this machine, and nobody said by which names it is reached."""

    def visit(self, headers: CIMultiDict[str] | CIMultiDictProxy[str]) -> None:
        """Refuse what a web page may have sent that nobody allowed.

        Raises:
            ForeignHost, ForeignOrigin: it may.
        """
        hosts = headers.getall("Host", [])
        host = hosts[0].lower() if len(hosts) == 1 else ""
        is_ours = self._is_ours(_name(host))
        if not host or not (is_ours or self.any_host):
            raise ForeignHost(
                "the Host header names another host; use a loopback address, or set mcp.public_url"
            )
        for origin in headers.getall("Origin", []):
            is_own = is_ours and origin.lower().partition("://")[2] == host
            if not is_own and origin not in self.origins:
                raise ForeignOrigin("web pages may not ask here, but for those under mcp.origins")

    def _is_ours(self, name: str) -> bool:
        return name in self.hosts or name in _LOOPBACK or is_loopback(name)


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


@lru_cache(maxsize=64)
def is_loopback(name: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
