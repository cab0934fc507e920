"""Tokens of Microsoft Entra, for an application or a workload.

Source: Microsoft identity platform, "OAuth 2.0 client credentials flow", as read in 2026; RFC 6749,
section 4.4; RFC 7523, section 2.2.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from yarl import URL

from guardrail_gw.errors import ConfigError
from guardrail_gw.upstreams.connections import Connections
from guardrail_gw.upstreams.credentials import Entra, assertion_of
from guardrail_gw.upstreams.oauth import granted
from guardrail_gw.upstreams.tokens import NoToken, Token

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def entra_token(name: str, who: Entra, connections: Connections) -> Token[str]:
    """A token of Microsoft Entra.

    Args:
        name: the credential's.
        who: the application or workload.
        connections: over which it is asked for.

    Raises:
        NoToken: none was given.
    """
    config = who.config
    form = {
        "grant_type": "client_credentials",
        "client_id": config.client,
        "scope": config.scope,
        **await _proof(name, who),
    }
    url = URL(f"{config.authority}/{config.tenant}/oauth2/v2.0/token")
    return await granted(url, form, connections)


async def _proof(name: str, who: Entra) -> Mapping[str, str]:
    if who.secret is not None:
        return {"client_secret": who.secret.value}
    if who.assertion is None:
        raise NoToken("nothing_to_show")
    try:
        said = await asyncio.to_thread(assertion_of, name, who.assertion)
    except ConfigError:
        raise NoToken("assertion_unreadable") from None
    return {"client_assertion_type": _ASSERTION, "client_assertion": said.value}
