"""Keys of AWS that a container is lent: by EKS Pod Identity, or by ECS.

Source: AWS SDKs and Tools Reference Guide, "Container credential provider", as read in 2026.
"""

import asyncio
import re
from datetime import datetime
from typing import Final

from aiohttp import hdrs
from yarl import URL

from guardrail_gw.errors import ConfigError
from guardrail_gw.upstreams.connections import Connections, Target
from guardrail_gw.upstreams.credentials import AwsContainer, assertion_of
from guardrail_gw.upstreams.oauth import answered
from guardrail_gw.upstreams.sigv4 import Keys
from guardrail_gw.upstreams.tokens import NoToken, Token

_PLAIN: Final = re.compile(r"[\x21-\x7e]{1,8192}")
_LONGEST_S: Final = 86400.0


async def container_keys(
    name: str, who: AwsContainer, connections: Connections, now_s: float
) -> Token[Keys]:
    """Keys that end.

    Args:
        name: the credential's.
        who: where they are lent.
        connections: over which they are asked for.
        now_s: seconds since the epoch.

    Raises:
        NoToken: none were given.
    """
    target = Target(URL(who.endpoint), {"Accept": "application/json"}, hdrs.METH_GET)
    said = await answered(target, b"", connections, await _proof(name, who))
    values = [said.get(each) for each in ("AccessKeyId", "SecretAccessKey", "Token")]
    plain = [each for each in values if isinstance(each, str) and _PLAIN.fullmatch(each)]
    if len(plain) < len(values):
        raise NoToken("no_keys")
    key_id, secret, session = plain
    return Token(
        value=Keys(access_key_id=key_id, secret_access_key=secret, session_token=session),
        lasts_s=_left_s(said.get("Expiration"), now_s),
    )


async def _proof(name: str, who: AwsContainer) -> tuple[tuple[str, str], ...]:
    if who.token_file is None:
        return ()
    try:
        said = await asyncio.to_thread(assertion_of, name, who.token_file)
    except ConfigError:
        raise NoToken("assertion_unreadable") from None
    return (("authorization", said.value),)


def _left_s(ends: object, now_s: float) -> float:
    try:
        at = datetime.fromisoformat(ends if isinstance(ends, str) else "")
    except ValueError:
        raise NoToken("no_end") from None
    left_s = at.timestamp() - now_s if at.tzinfo is not None else 0.0
    if left_s <= 0.0:
        raise NoToken("no_end")
    return min(left_s, _LONGEST_S)
