"""Keys of clients and of providers, and certificates, change while requests are under way."""

import asyncio
import json
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from guardrail_gw.core.shipped import shipped
from guardrail_gw.server.access import digest
from tests.support.certificates import Authority, Files
from tests.support.world import World, world

OLD, NEW = "ggw-the-old-key", "ggw-the-new-key"


def key(*values: str, name: str = "app", user: str = "ada") -> dict[str, Any]:
    """One entry of a file of keys."""
    hashes = [digest(value) for value in values]
    who = {"id": name, "tenant": "acme", "team": "crm", "user": user}
    return {**who, "sha256": hashes if len(hashes) > 1 else hashes[0]}


def write(path: Path, *keys: Mapping[str, Any]) -> None:
    """A file of keys, in one piece."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps({"keys": keys}), encoding="utf-8")
    beside.replace(path)


@asynccontextmanager
async def governed(tmp_path: Path, **more: Any) -> AsyncIterator[World]:
    """A gateway whose clients' keys are in a file."""
    file = tmp_path / "clients.yaml"
    if not file.exists():
        write(file, key(OLD))
    access = {"keys_file": str(file)}
    async with world(tmp_path, access=access, secrets_watch_s=0.05, **more) as here:
        yield here


async def asked(here: World, value: str) -> int:
    """The status of a chat completion with a key."""
    body = {"model": "assistant", "messages": [{"role": "user", "content": "hello"}]}
    return (await here.post(body, key=value))[0]


async def test_a_client_changes_its_key_without_a_break(tmp_path: Path) -> None:
    """Old, then both, then new; the caller stays the same in every record."""
    async with governed(tmp_path) as here:
        before = await asked(here, OLD), await asked(here, NEW)
        write(tmp_path / "clients.yaml", key(OLD, NEW))
        await here.gateway.refresh()
        both = await asked(here, OLD), await asked(here, NEW)
        write(tmp_path / "clients.yaml", key(NEW))
        await here.gateway.refresh()
        after = await asked(here, OLD), await asked(here, NEW)
        generation = await here.metric("guardrail_gw_secrets_generation")

    assert (before, both, after) == ((200, 401), (200, 200), (401, 200))
    assert generation == 3
    said = [r.meta for r in here.records() if r.kind == "intent" and r.meta]
    assert {(m["user"], m["key"]) for m in said if m["decision"] == "allowed"} == {("ada", "app")}


async def test_what_is_not_valid_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """A typing error, one id twice, or no file: the last good keys count, and it shows."""
    file = tmp_path / "clients.yaml"
    async with governed(tmp_path) as here:
        for wrong in (
            lambda: file.write_text("keys: [{id: app}]"),
            lambda: write(file, key(NEW), key(OLD)),
            file.unlink,
        ):
            wrong()
            await here.gateway.refresh()
            assert (await asked(here, OLD), await asked(here, NEW)) == (200, 401)
            assert await here.metric("guardrail_gw_secrets_refused") == 1
        ready = (await here.get("/readyz"))[0]
        write(file, key(OLD))
        await here.gateway.refresh()
        refused = await here.metric("guardrail_gw_secrets_refused")

    assert (ready, refused) == (200, 0)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The default policy in a folder of its own."""
    return shutil.copytree(shipped("policies/default"), tmp_path / "policies")


async def test_a_key_that_was_taken_away_is_refused_whatever_else_is_wrong(
    tmp_path: Path, policies: Path
) -> None:
    """A broken policy, a provider's key that is none: neither lets a removed key of a client in."""
    provider = tmp_path / "provider.key"
    provider.write_text("sk-first")
    credentials = {"shared": {"file": str(provider)}}
    async with governed(tmp_path, credentials=credentials, policies=policies) as here:
        before = await asked(here, OLD)
        provider.write_text("two words")
        (policies / "policy.yaml").write_text("kind: Nonsense")
        write(tmp_path / "clients.yaml", key(NEW))
        await here.gateway.refresh()
        after = await asked(here, OLD), await asked(here, NEW)
        told = json.loads((await here.get("/readyz"))[1])

    assert (before, after) == (200, (401, 200))
    assert (told["policy_refused"], told["secrets_refused"]) == (True, True)
    assert told["secrets_generation"] == 2


async def test_a_file_that_only_a_start_reads_is_named_when_it_changes(tmp_path: Path) -> None:
    """At SIGHUP and by itself: whoever edits gateway.yaml is told that it does not count yet."""
    async with governed(tmp_path) as here:
        path = here.gateway.settings.path
        with capture_logs() as said:
            await here.gateway.refresh()
            path.write_text(path.read_text() + "\n")
            await here.gateway.refresh()
            await here.gateway.refresh()

    told = [(e["event"], e["log_level"], e["about"]) for e in said if "about" in e]
    assert told == [("config.changed", "warning", "gateway.yaml")]


async def test_keys_that_cannot_be_recorded_do_not_come_into_force(tmp_path: Path) -> None:
    """The record comes first, with digests alone; nothing of a key is in it."""
    async with governed(tmp_path) as here:
        first = here.gateway.rotation.digest
        write(tmp_path / "clients.yaml", key(NEW))
        await here.gateway.refresh()
        second = here.gateway.rotation.digest

    said = [r.meta for r in here.records() if r.kind == "policy" and r.meta]
    assert [(m["secrets"], m.get("generation")) for m in said] == [(first, None), (second, 2)]
    assert {m["config"] for m in said} == {here.gateway.settings.digest}
    assert digest(NEW) not in json.dumps(said)


async def test_a_swapped_folder_is_seen_by_itself(tmp_path: Path) -> None:
    """As Kubernetes swaps `..data`: behind a link of a link is another file."""
    mount = tmp_path / "mount"
    for name, value in (("one", OLD), ("two", NEW)):
        (mount / name).mkdir(parents=True)
        write(mount / name / "clients.yaml", key(value))
    (mount / "..data").symlink_to("one")
    (mount / "clients.yaml").symlink_to("..data/clients.yaml")
    access = {"keys_file": str(mount / "clients.yaml")}

    async with world(tmp_path, access=access, secrets_watch_s=0.05) as here:
        watching = asyncio.get_running_loop().create_task(here.gateway.watch())
        before = await asked(here, OLD)
        (mount / "..data_tmp").symlink_to("two")
        (mount / "..data_tmp").rename(mount / "..data")
        async with asyncio.timeout(10):
            while await asked(here, NEW) != 200:  # noqa: ASYNC110 - seen from outside only
                await asyncio.sleep(0.05)
        after = await asked(here, OLD)
        watching.cancel()

    assert (before, after) == (200, 401)


async def test_a_provider_is_asked_with_the_key_that_lies_there(tmp_path: Path) -> None:
    """Changed under load: every request has one of both keys, and none fails."""
    file = tmp_path / "provider.key"
    file.write_text("sk-first")
    known = {name: {"credential": "shared"} for name in ("us-0", "eu-0")}
    credentials = {"shared": {"file": str(file)}}

    async with governed(tmp_path, credentials=credentials, known=known) as here:

        async def ask(number: int) -> int:
            await asyncio.sleep(number / 100)
            return await asked(here, OLD)

        async def change() -> None:
            await asyncio.sleep(0.1)
            beside = tmp_path / "other"
            beside.write_text("sk-second")
            os.replace(beside, file)  # noqa: PTH105 - one step, as a kubelet does
            await here.gateway.refresh()

        statuses, _ = await asyncio.gather(asyncio.gather(*map(ask, range(30))), change())
        last = await asked(here, OLD)

    sent = [r.headers["authorization"] for p in (here.us, here.eu) for r in p.received]
    assert {*statuses, last} == {200}
    assert len(sent) == 31
    assert sorted(set(sent)) == ["Bearer sk-first", "Bearer sk-second"]
    assert sent[-1] == "Bearer sk-second"


async def test_a_certificate_is_renewed_for_the_next_connection(tmp_path: Path) -> None:
    """Without a restart; one that does not fit its key is refused, and the former stays."""
    authority = Authority(tmp_path)
    first, second = authority.issue("first"), authority.issue("second")
    paths = Files(certificate=tmp_path / "tls.crt", private_key=tmp_path / "tls.key")
    _place(paths, first.certificate, first.private_key)
    tls = {"certificate": str(paths.certificate), "private_key": str(paths.private_key)}

    async with governed(tmp_path, listen={"port": 0, "tls": tls}) as here:
        serials = [await _serial(here.gateway.port)]
        _place(paths, second.certificate, first.private_key)
        await here.gateway.refresh()
        serials.append(await _serial(here.gateway.port))
        refused = here.gateway.rotation.problem
        _place(paths, second.certificate, second.private_key)
        await here.gateway.refresh()
        serials.append(await _serial(here.gateway.port))

    assert serials[0] == serials[1] != serials[2]
    assert refused is not None
    assert "listen.tls" in refused
    assert here.gateway.rotation.problem is None


def _place(paths: Files, certificate: Path, private_key: Path) -> None:
    paths.certificate.write_bytes(certificate.read_bytes())
    paths.private_key.write_bytes(private_key.read_bytes())


async def _serial(port: int) -> bytes:
    """What a new connection is shown."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return shown
