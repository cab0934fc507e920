"""Whether a host answers: a connection, TLS where the address asks for it, and not a byte more."""

import asyncio
import os
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from socket import gaierror
from time import perf_counter
from urllib.parse import urlsplit

from guardrail_gw.doctor.reach import Chosen, Tried

_PORTS = {"https": 443, "http": 80}


async def tried(chosen: Iterable[Chosen], timeout_s: float) -> Mapping[str, Tried]:
    """Connect to each host that may be connected to, all at once.

    Args:
        chosen: one that is refused is not resolved and not contacted.
        timeout_s: for each, with its name's look-up.

    Returns:
        Deployment -> what came of it.
    """
    wanted = [each for each in chosen if not each.refused]
    urls = list(dict.fromkeys(each.base_url for each in wanted))
    found = dict(
        zip(urls, await asyncio.gather(*(_tried(u, timeout_s) for u in urls)), strict=True)
    )
    return {each.deployment: found[each.base_url] for each in wanted}


async def _tried(url: str, timeout_s: float) -> Tried:
    begun_s = perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            await _connected(url)
    except ssl.SSLCertVerificationError as error:
        return Tried(problem=f"certificate: {error.verify_message}")
    except ssl.SSLError as error:
        return Tried(problem=f"TLS: {(error.reason or 'failed').lower().replace('_', ' ')}")
    except gaierror:
        return Tried(problem="no such name")
    except TimeoutError:
        return Tried(problem=f"no answer within {timeout_s:g} s")
    except OSError as error:
        said = os.strerror(error.errno) if error.errno else type(error).__name__
        return Tried(problem=said.lower())
    return Tried(took_ms=1000 * (perf_counter() - begun_s))


async def _connected(url: str) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    context = (
        await asyncio.to_thread(ssl.create_default_context) if parts.scheme == "https" else None
    )
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.transport.abort()  # whoever closes in order may wait for the other side
    with suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
