"""Addresses of Redis, each form."""

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.state.redis.address import RedisAddress


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379/0", "rediss://u:p@cache.example:6380/2", "unix:///run/v.sock"]
)
def test_plain_addresses_are_redis_pys_own(url: str) -> None:
    """They pass as they are."""
    assert RedisAddress.read(url) == RedisAddress(url=url)


def test_a_cluster_is_asked_by_one_of_its_nodes() -> None:
    """With TLS or without."""
    assert RedisAddress.read("redis+cluster://u:p@a:7000") == RedisAddress(
        url="redis://u:p@a:7000", is_cluster=True
    )
    assert RedisAddress.read("rediss+cluster://a:7000").url == "rediss://a:7000"


def test_sentinels_are_a_list_and_name_the_master() -> None:
    """The default port, IPv6 hosts, a password with signs in it and a database."""
    read = RedisAddress.read("rediss+sentinel://gw:p%40ss@one:5000,[::1],three/main/3")

    assert read.sentinels == (("one", 5000), ("::1", 26379), ("three", 26379))
    assert read.service == "main"
    assert read.login == {"db": 3, "ssl": True, "username": "gw", "password": "p@ss"}
    assert read.sentinel_login == {"ssl": True}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret-7f3a",
        "http://u:secret-7f3a@a",
        "redis+sentinel://u:secret-7f3a@a:26379",
        "redis+sentinel://u:secret-7f3a@/main",
        "redis+sentinel://u:secret-7f3a@a b/main",
        "redis+sentinel://u:secret-7f3a@a/main/x",
    ],
)
def test_what_is_no_address_is_refused_without_its_text(url: str) -> None:
    """It may hold a password."""
    with pytest.raises(ConfigError) as fault:
        RedisAddress.read(url)

    assert "state.redis.url" in str(fault.value)
    assert "secret-7f3a" not in str(fault.value)
    assert "secret" not in repr(RedisAddress.read("redis://u:secret@a"))
