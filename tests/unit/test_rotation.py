"""Other keys come into force recorded first, or not at all; each source for itself."""

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
from guardrail_gw.once_read import OnceRead
from guardrail_gw.rotation import Rotation, Source, read, stamps, watched
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
        once_read=OnceRead.of(settings),
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
    certificate = Source(check=sound, renew=lambda: scene.given.append("certificate"))
    scene.rotation.sources.append(certificate)
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


async def test_a_key_that_was_taken_away_is_refused_whatever_else_is_wrong(scene: Scene) -> None:
    """A provider's key that is none and a certificate that is none stay as they were, alone."""
    first = scene.rotation.held
    scene.rotation.sources.append(Source(check=unsound, renew=pytest.fail))

    scene.write("ggw-two", provider="two words")
    again = await scene.rotation.refresh()

    held = scene.rotation.held
    assert [key.sha256 for key in held.keys] == [digest("ggw-two")]
    assert held.credentials == first.credentials
    assert scene.log.said == [{"secrets": held.digest, "generation": 2}]
    assert (scene.given, scene.counted, again) == ([held.digest], ["rotated", "refused"], False)
    assert "provider.key" in str(scene.rotation.problem)
    assert "listen.tls" in str(scene.rotation.problem)
    assert "two words" not in str(scene.rotation.problem)


async def test_a_key_that_was_taken_away_is_gone_before_a_certificate_is_looked_at(
    scene: Scene,
) -> None:
    """A certificate on a disk that hangs keeps nobody in: keys are in force before it is read."""
    looked: list[object] = []

    async def slow() -> None:
        looked.append(scene.rotation.held.keys[0].sha256)

    scene.rotation.sources.append(Source(check=slow, renew=lambda: None))
    scene.write("ggw-two")

    await scene.rotation.refresh()

    assert looked == [digest("ggw-two")]


async def test_one_that_is_not_valid_holds_no_other_back(scene: Scene) -> None:
    """Neither a file of keys a provider's key and a certificate, nor one provider another."""
    first = scene.rotation.held
    scene.rotation.sources.append(
        Source(check=sound, renew=lambda: scene.given.append("certificate"))
    )
    scene.write("ggw-one", provider="sk-two")
    (scene.folder / "clients.yaml").write_text("keys: [{id: app}]")

    await scene.rotation.refresh()

    held = scene.rotation.held
    assert held.keys == first.keys
    assert held.credentials.of("shared") != first.credentials.of("shared")
    assert scene.given == [held.digest, "certificate"]
    assert "clients.yaml" in str(scene.rotation.problem)
    scene.write("ggw-one", provider="sk-two")
    await scene.rotation.refresh()
    assert scene.rotation.problem is None


async def test_a_certificate_that_changes_meanwhile_is_a_problem(scene: Scene) -> None:
    """What else changed is in force, and the log says that this one is not."""

    def other() -> None:
        raise ConfigError("listen.tls: not PEM")

    scene.rotation.sources.append(Source(check=sound, renew=other))
    scene.write("ggw-two")

    await scene.rotation.refresh()

    assert scene.given == [scene.rotation.digest]
    assert scene.rotation.problem == "listen.tls: not PEM"


async def sound() -> None:
    """A check that finds nothing."""


async def unsound() -> None:
    """A check of a certificate that is none."""
    raise ConfigError("listen.tls: not PEM")


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
