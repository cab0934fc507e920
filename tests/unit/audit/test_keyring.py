"""Which row content is sealed under: one for each person, level, policy and week."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.keyring import REMEMBERED_S, Keyring, Tags
from guardrail_gw.audit.rows import row_of
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import RegisterRow
from guardrail_gw.errors import RegisterDown
from guardrail_gw.keys.audit_keys import AuditKeys, load_audit_keys
from guardrail_gw.keys.recipients import Reach
from guardrail_gw.keys.register import Register
from guardrail_gw.keys.register_sqlite import sqlite_register
from guardrail_gw.policy.policy import Detail, Policy, Retention
from tests.support.audit_world import SteadyClock
from tests.support.governed import NOW_US, governed
from tests.support.kept_content import inbound_of, obeyed

_ERIKA = inbound_of("erika", "").principal
_MAX = inbound_of("max", "").principal
_TAGS = Tags(bytes(32))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> AuditKeys:
    """A gateway's keys."""
    folders = governed(tmp_path_factory.mktemp("keys"))
    return load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)


@pytest_asyncio.fixture
async def register(tmp_path: Path) -> AsyncIterator[Register]:
    """An empty register."""
    made = await asyncio.to_thread(sqlite_register, tmp_path / "register.db")
    yield made
    await made.close()


async def _sids(
    keyring: Keyring, who: Principal = _ERIKA, policy: Policy | None = None
) -> tuple[str, str]:
    found = await keyring.keys_for(who, policy or obeyed(), content=True)
    assert found.identity is not None
    assert found.content is not None
    return found.identity.sid, found.content.sid


async def test_a_person_keeps_their_rows_for_a_week(register: Register, keys: AuditKeys) -> None:
    """Two gateways give the same person the same rows; the next week there are others."""
    clock = SteadyClock()
    one, two = (Keyring(register, _TAGS, keys, clock) for _ in range(2))

    now = await _sids(one)
    assert await _sids(two) == now
    clock.pass_s(8 * 86_400)

    assert not set(await _sids(one)) & set(now)


async def test_different_things_have_different_rows(register: Register, keys: AuditKeys) -> None:
    """People, tenants, levels, times of retention, minimums and texts of recipients each differ."""
    keyring = Keyring(register, _TAGS, keys, SteadyClock())
    other = Keyring(register, _TAGS, replace(keys, digest="0" * 64), SteadyClock())
    seen = [
        await _sids(keyring),
        await _sids(keyring, _MAX),
        await _sids(keyring, replace(_ERIKA, tenant="globex")),
        await _sids(keyring, policy=obeyed(Detail.REDACTED)),
        await _sids(keyring, policy=obeyed(retention=Retention(full_days=60, identity_days=61))),
        await _sids(keyring, policy=obeyed(retention=Retention(minimum_days=5))),
        await _sids(other),
    ]

    contents, identities = {content for _, content in seen}, {who for who, _ in seen}

    assert len(contents) == 7
    assert len(identities) == 6  # the level of content does not change who asked
    assert not contents & identities


async def test_a_team_and_a_key_do_not_matter(register: Register, keys: AuditKeys) -> None:
    """A person is a tenant's user, whatever team or key they come with."""
    keyring = Keyring(register, _TAGS, keys, SteadyClock())
    elsewhere = replace(_ERIKA, team="another", key_id="another")

    assert await _sids(keyring, elsewhere) == await _sids(keyring)


@pytest.mark.parametrize(
    ("policy", "content", "expected"),
    [
        (obeyed(Detail.METADATA, subject=False), True, (False, False)),
        (obeyed(Detail.METADATA, subject=True), True, (True, False)),
        (obeyed(Detail.REDACTED, subject=False), True, (False, True)),
        (obeyed(Detail.FULL, subject=True), False, (True, False)),
    ],
)
async def test_only_what_is_needed(
    register: Register,
    keys: AuditKeys,
    policy: Policy,
    *,
    content: bool,
    expected: tuple[bool, bool],
) -> None:
    """Without a subject no row for a name; without content, or at detail metadata, none for it."""
    keyring = Keyring(register, _TAGS, keys, SteadyClock())

    found = await keyring.keys_for(_ERIKA, policy, content=content)

    assert (found.identity is not None, found.content is not None) == expected


async def test_what_was_destroyed_is_forgotten_in_time(register: Register, keys: AuditKeys) -> None:
    """A remembered key serves for ten minutes, also when the register is down, and no longer."""
    clock = SteadyClock()
    keyring = Keyring(register, _TAGS, keys, clock)
    before = await _sids(keyring)
    await register.destroy(before, "erased", clock.now_us())

    clock.pass_s(REMEMBERED_S - 1)
    remembered = await _sids(keyring)
    clock.pass_s(1)
    after = await _sids(keyring)
    await register.close()

    assert remembered == before
    assert not set(after) & set(before)
    assert await _sids(keyring) == after
    with pytest.raises(RegisterDown):
        await _sids(keyring, _MAX)


async def test_many_at_once_make_one_row(register: Register, keys: AuditKeys) -> None:
    """Requests of one new person that come together share a row."""
    keyring = Keyring(register, _TAGS, keys, SteadyClock())

    found = await asyncio.gather(*(_sids(keyring) for _ in range(20)))

    assert len(set(found)) == 1
    assert len(await register.of_scope(_TAGS.person("acme", "erika"))) == 2


def test_tags_are_apart() -> None:
    """No two lists of words share a tag, another key makes others, and none shows a name."""
    words = [("ab", "c"), ("a", "bc"), ("abc",), ("", "abc"), ("abc", "")]

    tags = [_TAGS.of(*each) for each in words]

    assert len(set(tags)) == len(tags)
    assert Tags(b"\x01" * 32).of("abc") != _TAGS.of("abc")
    assert "erika" not in _TAGS.person("acme", "erika")


async def test_a_register_that_hangs_is_given_up(register: Register, keys: AuditKeys) -> None:
    """A question that is not answered in time counts as a register that is down."""

    class Hanging(Register):
        async def found(self, tag: str) -> RegisterRow | None:
            async with asyncio.timeout(0):
                await asyncio.sleep(60)
            return None

    keyring = Keyring(Hanging(register._database), _TAGS, keys, SteadyClock())  # noqa: SLF001 - its store

    with pytest.raises(RegisterDown, match="in time"):
        await _sids(keyring)


def _of_my_own(row: RegisterRow, keys: AuditKeys) -> RegisterRow:
    """Whoever can write the register keeps a copy of the private half that the auditors get."""
    made = row_of(X25519PrivateKey.generate(), keys.recipients, Reach.FULL, row.sid)
    return replace(row, public=made.key.x25519, sealed=made.sealed)


def _later(row: RegisterRow, _: AuditKeys) -> RegisterRow:
    return replace(row, until_us=row.until_us + 1)


def _unreadable(row: RegisterRow, _: AuditKeys) -> RegisterRow:
    return replace(row, sealed=b"{")


@pytest.mark.parametrize("change", [_of_my_own, _later, _unreadable])
async def test_a_key_that_no_gateway_made_is_refused(
    register: Register, keys: AuditKeys, change: Callable[[RegisterRow, AuditKeys], RegisterRow]
) -> None:
    """Nothing is sealed to a key that somebody put into the register, or that was altered there."""

    class Altered(Register):
        async def found(self, tag: str) -> RegisterRow | None:
            there = await super().found(tag)
            return None if there is None else change(there, keys)

    await _sids(Keyring(register, _TAGS, keys, SteadyClock()))
    altered = Keyring(Altered(register._database), _TAGS, keys, SteadyClock())  # noqa: SLF001 - its store

    with pytest.raises(RegisterDown, match="no gateway made"):
        await _sids(altered)


async def test_another_persons_key_is_refused(register: Register, keys: AuditKeys) -> None:
    """Rows cannot change places in the register: each belongs to its tag."""

    class Mixed(Register):
        async def found(self, tag: str) -> RegisterRow | None:
            return (await register.of_scope(_TAGS.person("acme", "max")))[0]

    await _sids(Keyring(register, _TAGS, keys, SteadyClock()), _MAX)
    mixed = Keyring(Mixed(register._database), _TAGS, keys, SteadyClock())  # noqa: SLF001 - its store

    with pytest.raises(RegisterDown, match="no gateway made"):
        await _sids(mixed)
