"""The store that the configuration names, where it says."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.errors import ConfigError, StateDown
from guardrail_gw.settings import Settings
from guardrail_gw.state.arranged import arranged
from guardrail_gw.state.memory import MemoryStore
from guardrail_gw.state.redis.store import RedisStore
from guardrail_gw.state.sqlite import SqliteStore
from tests.support.chat import inline
from tests.support.routing_world import OwnClock
from tests.support.world import configuration


def settings(folder: Path, **state: Any) -> Settings:
    """A gateway.yaml with these words about state."""
    config = configuration({}, policies=folder, state=state)
    deployment = {"id": "d", "provider": "ollama", "model": "m", "base_url": "http://127.0.0.1:1"}
    config |= {"deployments": [deployment], "models": [{"name": "m", "deployments": ["d"]}]}
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return Settings.load(path)


def revealed(name: str, place: SecretConfig) -> str:
    """What a place holds: the name of its variable."""
    assert name == "state.redis.url"
    return place.env or ""


async def test_the_file_lies_beside_the_configuration_and_is_made_when_needed(
    tmp_path: Path,
) -> None:
    """Until then there is none, so that a folder that nobody may write to does no harm."""
    read = await asyncio.to_thread(settings, tmp_path, path="here.sqlite3", ttl_s=5)

    room = arranged(read, OwnClock(), bytes(32), inline, revealed)

    assert isinstance(room.store, SqliteStore)
    assert (room.ttl_s, room.home) == (5, "")
    assert not await asyncio.to_thread((tmp_path / "here.sqlite3").exists)
    await room.store.put("n", b"1", ttl_s=1)
    assert await asyncio.to_thread((tmp_path / "here.sqlite3").exists)
    await room.store.close()


async def test_how_much_is_remembered_is_configured(tmp_path: Path) -> None:
    """In a file and in memory."""
    for name in ("sqlite", "memory"):
        read = await asyncio.to_thread(settings, tmp_path, store=name, max_bytes=1 << 20)
        room = arranged(read, OwnClock(), bytes(32), inline, revealed)

        with pytest.raises(StateDown):
            await room.store.put("n", bytes(2 << 20), ttl_s=1)
        await room.store.close()


@pytest.mark.parametrize("home", [None, "m"])
def test_memory_is_a_choice(tmp_path: Path, home: str | None) -> None:
    """And so is who keeps the conversations that clients make."""
    read = settings(tmp_path, store="memory", conversations=home)

    room = arranged(read, OwnClock(), bytes(32), inline, revealed)

    assert isinstance(room.store, MemoryStore)
    assert room.home == (home or "")


def test_redis_is_where_a_secret_says(tmp_path: Path) -> None:
    """Its address may hold a password, so it is never written in the configuration."""
    read = settings(tmp_path, store="redis", redis={"url": {"env": "redis://127.0.0.1:1/0"}})
    none = settings(tmp_path, store="redis", redis={"url": {"env": "nonsense"}})

    assert isinstance(arranged(read, OwnClock(), bytes(32), inline, revealed).store, RedisStore)
    with pytest.raises(ConfigError, match=r"state\.redis\.url"):
        arranged(none, OwnClock(), bytes(32), inline, revealed)


@pytest.mark.parametrize(
    "state", [{"store": "redis"}, {"store": "sqlite", "redis": {"url": {"env": "A"}}}]
)
def test_redis_and_its_address_belong_together(tmp_path: Path, state: dict[str, Any]) -> None:
    """One without the other is a mistake."""
    with pytest.raises(ConfigError, match=r"redis.url"):
        settings(tmp_path, **state)
