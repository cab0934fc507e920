"""Other keys come into force as a whole, recorded first, or not at all."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
import yaml

from guardrail_gw.audit.log import AuditLog
from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.rotation import Rotation, read, stamps, watched
from guardrail_gw.server.access import digest
from guardrail_gw.settings import Settings

pytestmark = pytest.mark.allow_blocking
SECRET = b"a secret of the gateway's own"


@dataclass
class Log:
    """An audit log that remembers, or is down."""

    said: list[Mapping[str, str | int]] = field(default_factory=list)
    down: bool = False

    async def loaded(self, said: Mapping[str, str | int]) -> None:
        """As `AuditLog.loaded`."""
        if self.down:
            raise AuditDown("the log is down")
        self.said.append(said)


@dataclass
class Scene:
    """Files, what watches over them, and what was told."""

    folder: Path
    rotation: Rotation
    log: Log
    counted: list[str]
    given: list[str]

    def write(self, key: str, provider: str = "sk-one") -> None:
        """Other keys of clients and of the provider."""
        who = {"id": "app", "tenant": "t", "team": "m", "user": "u", "sha256": digest(key)}
        (self.folder / "clients.yaml").write_text(json.dumps({"keys": [who]}))
        (self.folder / "provider.key").write_text(provider)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """One client's key and one provider's in force."""
    path = prepare(tmp_path, us="http://127.0.0.1:1", eu="http://127.0.0.1:2", port=0)
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["access"] = {"keys_file": "clients.yaml"}
    config["credentials"] = {"shared": {"file": "provider.key"}}
    path.write_text(json.dumps(config), encoding="utf-8")
    made = Scene(tmp_path, cast(Rotation, None), Log(), [], [])
    made.write("ggw-one")
    settings = Settings.load(path)
    made.rotation = Rotation(
        settings=settings,
        audit=cast(AuditLog, made.log),
        secret=SECRET,
        counted=made.counted.append,
        held=read(settings, SECRET),
        taken=[lambda held: made.given.append(held.digest)],
    )
    return made


async def test_what_comes_into_force_is_recorded_and_given_to_who_uses_it(scene: Scene) -> None:
    """Once: what did not change is not loaded again."""
    before = scene.rotation.digest
    scene.write("ggw-two")

    again = await scene.rotation.refresh(), await scene.rotation.refresh()

    after = scene.rotation.digest
    assert after != before
    assert scene.log.said == [{"secrets": after, "generation": 2}]
    assert (scene.given, scene.counted, again) == ([after], ["rotated"], (False, False))


async def test_what_cannot_be_recorded_does_not_come_into_force(scene: Scene) -> None:
    """Nobody is given it, a certificate neither; it is tried again, and then it counts."""
    before, scene.log.down = scene.rotation.digest, True
    scene.rotation.renewed.append(lambda: scene.given.append("certificate"))
    scene.write("ggw-two")

    again = await scene.rotation.refresh()

    assert (again, scene.rotation.digest, scene.given) == (True, before, [])
    assert (scene.rotation.number, scene.counted) == (1, ["refused"])
    assert scene.rotation.problem is not None
    scene.log.down = False
    assert not await scene.rotation.refresh()
    assert scene.rotation.generation() == {
        "secrets_generation": 2,
        "secrets_digest": scene.rotation.digest,
        "secrets_refused": False,
    }


async def test_what_changed_before_anybody_watched_counts(scene: Scene) -> None:
    """A key that was removed while the gateway started is not let in after that."""
    given = asyncio.Event()
    scene.rotation.taken.append(lambda _: given.set())
    scene.write("ggw-two")

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(10):
        watching = tasks.create_task(scene.rotation.watch(0.01))
        await given.wait()
        watching.cancel()

    assert scene.log.said == [{"secrets": scene.rotation.digest, "generation": 2}]


async def test_all_count_or_none(scene: Scene) -> None:
    """A provider's key that is none keeps a client's new one out, and so does a certificate."""
    before = scene.rotation.digest
    scene.write("ggw-two", provider="two words")
    await scene.rotation.refresh()
    assert (scene.rotation.digest, scene.log.said) == (before, [])

    async def no_certificate() -> None:
        raise ConfigError("listen.tls: not PEM")

    scene.write("ggw-two")
    scene.rotation.checked.append(no_certificate)
    await scene.rotation.refresh()

    assert (scene.rotation.digest, scene.log.said, scene.given) == (before, [], [])


async def test_digests_tell_sets_apart_and_keys_to_nobody(scene: Scene) -> None:
    """The same keys have the same digest; without the gateway's secret it is another one."""
    settings, first = scene.rotation.settings, scene.rotation.digest
    scene.write("ggw-one", provider="sk-two")
    other = read(settings, SECRET).digest
    scene.write("ggw-one")

    assert read(settings, SECRET).digest == first != other
    assert read(settings, b"another").digest != first
    assert "ggw" not in repr(scene.rotation)
    assert "sk-one" not in repr(scene.rotation)
    assert SECRET.decode() not in repr(scene.rotation)


def test_a_file_is_known_by_what_is_behind_its_name(scene: Scene) -> None:
    """Rewritten, replaced, gone: each shows; and every file that is read is looked at."""
    files = watched(scene.rotation.settings)
    seen = [stamps(files)]
    (scene.folder / "provider.key").write_text("sk-longer")
    seen.append(stamps(files))
    (scene.folder / "other").write_text("sk-longer")
    (scene.folder / "other").replace(scene.folder / "provider.key")
    seen.append(stamps(files))
    (scene.folder / "clients.yaml").unlink()
    seen.append(stamps(files))

    assert {file.name for file in files} == {"clients.yaml", "provider.key"}
    assert len(set(seen)) == 4
