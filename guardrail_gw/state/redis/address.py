"""Where Redis is: the addresses that redis-py reads, and one form for Sentinel and for clusters.

redis://user:password@host:6379/0                     one server (`rediss://` with TLS)
unix:///run/valkey.sock                               one on this host
redis+sentinel://user:password@a:26379,b:26379/main/0   the master that Sentinel calls `main`
redis+cluster://user:password@a:6379                  a cluster, by one of its nodes
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from guardrail_gw.errors import ConfigError

_PLAIN: Final = ("redis", "rediss", "unix")
_SENTINEL: Final = {"redis+sentinel": False, "rediss+sentinel": True}
_CLUSTER: Final = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
_MEMBER: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(?::([0-9]{1,5}))?")
_SENTINEL_PORT: Final = 26379


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """One address, read; it may hold a password, and is never shown."""

    url: str = field(default="", repr=False)
    """As redis-py reads it; empty behind Sentinel."""
    is_cluster: bool = False
    sentinels: tuple[tuple[str, int], ...] = ()
    service: str = ""
    """What Sentinel calls the master."""
    login: dict[str, Any] = field(default_factory=dict, repr=False)
    """User, password, database and TLS of the master."""
    sentinel_login: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, url: str) -> Self:
        """Take an address apart.

        Raises:
            ConfigError: it is none; its text, which may hold a password, is not repeated.
        """
        scheme = url.partition("://")[0]
        if scheme in _PLAIN:
            return cls(url=url)
        if scheme in _CLUSTER:
            return cls(url=_CLUSTER[scheme] + url.removeprefix(scheme), is_cluster=True)
        if scheme in _SENTINEL:
            return cls._behind_sentinel(url, tls=_SENTINEL[scheme])
        raise ConfigError(
            "state.redis.url: write redis://, rediss://, unix://, redis+sentinel:// or"
            " redis+cluster://, and where it is"
        )

    @classmethod
    def _behind_sentinel(cls, url: str, *, tls: bool) -> Self:
        # urlsplit takes no list of hosts, so the list is put aside.
        scheme, _, rest = url.partition("://")
        where, slash, path = rest.partition("/")
        who, _, hosts = where.rpartition("@")
        parts = urlsplit(f"{scheme}://{who}@sentinel{slash}{path}")
        service, _, database = parts.path.strip("/").partition("/")
        members = [_MEMBER.fullmatch(each) for each in hosts.split(",")]
        if not service or not all(members) or not (database or "0").isdigit():
            raise ConfigError(
                "state.redis.url: behind Sentinel write redis+sentinel://host:port,host:port/"
                "service, and perhaps /database"
            )
        login: dict[str, Any] = {"db": int(database or "0"), "ssl": tls}
        if parts.username:
            login["username"] = unquote(parts.username)
        if parts.password:
            login["password"] = unquote(parts.password)
        return cls(
            sentinels=tuple(
                (member[1].strip("[]"), int(member[2] or _SENTINEL_PORT))
                for member in members
                if member
            ),
            service=service,
            login=login,
            sentinel_login={"ssl": tls},
        )
