"""The audit room's keys, register and acts, as gateway.yaml names them."""

import asyncio
from contextlib import AsyncExitStack

from guardrail_gw.audit.acts import Acts
from guardrail_gw.audit.keyring import Keyring, Tags
from guardrail_gw.audit.recovery import named_origin, named_recipients
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import AuditKeys, load_audit_keys
from guardrail_gw.keys.register import Register
from guardrail_gw.keys.register_postgres import postgres_register
from guardrail_gw.keys.register_sqlite import sqlite_register
from guardrail_gw.keys.secret_files import REGISTER_KEY, read_secret
from guardrail_gw.settings import Settings


def audit_keys(settings: Settings, now_us: int) -> AuditKeys:
    """The gateway's keys, held to what its log says of them.

    Raises:
        ConfigError: two governors did not sign who the recipients are, that is out of date or older
            than what the log names; or the log is of an earlier origin key.
    """
    config = settings.gateway.audit
    directory = settings.log_directory
    keys = load_audit_keys(
        settings.resolve(config.keys),
        settings.resolve(config.public),
        now_us=now_us,
        floor=named_recipients(directory),
    )
    origin = named_origin(directory)
    if origin is not None and not origin.startswith(f"{keys.name}/"):
        raise ConfigError(
            f"{directory} holds the log of an earlier origin key, {origin}; it stays verifiable as"
            " it is: name a new folder as audit.directory"
        )
    return keys


async def opened_register(settings: Settings) -> Register:
    """The key register that the configuration names.

    Raises:
        ConfigError: the file with its address cannot be read, or an extra is missing.
        RegisterDown: it cannot be opened.
    """
    config = settings.gateway.audit
    if config.key_register.postgres is not None:
        path = settings.resolve(config.key_register.postgres)
        dsn = (await asyncio.to_thread(read_secret, path)).decode("utf-8", "replace").strip()
        return await postgres_register(dsn)
    return await asyncio.to_thread(sqlite_register, settings.resolve(config.register_file))


async def opened_keyring(
    stack: AsyncExitStack, settings: Settings, keys: AuditKeys, clock: Clock
) -> Keyring:
    """Where a running gateway finds keys for content; the register is closed with the stack.

    Raises:
        ConfigError, RegisterDown: as `opened_register` and `tags`.
    """
    register = await opened_register(settings)
    stack.push_async_callback(register.close)
    return Keyring(register, await asyncio.to_thread(tags, settings), keys, clock)


def tags(settings: Settings) -> Tags:
    """Names of people as the register knows them.

    Raises:
        ConfigError: the key that makes them cannot be read.
    """
    return Tags(read_secret(settings.resolve(settings.gateway.audit.keys) / REGISTER_KEY))


def acts(settings: Settings, clock: Clock) -> Acts:
    """Where acts are recorded.

    Raises:
        ConfigError: as `audit_keys`.
    """
    directory = settings.resolve(settings.gateway.audit.acts_directory)
    return Acts(directory, audit_keys(settings, clock.now_us()), clock)
