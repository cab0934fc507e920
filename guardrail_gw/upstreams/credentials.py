"""How the gateway signs in at providers: secrets are read, and never shown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Self

from guardrail_gw.catalog.credential import (
    AwsConfig,
    ContainerConfig,
    CredentialConfig,
    EntraConfig,
    GoogleConfig,
    SecretConfig,
)
from guardrail_gw.errors import ConfigError, UpstreamFailed
from guardrail_gw.upstreams.google import ServiceAccount, service_account
from guardrail_gw.upstreams.places import Resolve, from_file, raw
from guardrail_gw.upstreams.sigv4 import Keys

# What may stand in a header: a line break would let a key write headers of its own.
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that does not show itself in a repr, a log line or a comparison's failure."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entra:
    """An application or a workload that Microsoft Entra knows."""

    config: EntraConfig
    secret: Secret | None
    """None: the workload's assertion stands for one."""
    assertion: Path | None
    """A file that the platform renews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Whatever the machine runs as, by the word of its metadata server."""

    server: str
    """Scheme and host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """Keys that sign each request."""

    keys: Keys
    region: str
    """For which signatures are good; empty: the deployment's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsContainer:
    """A container that is lent keys, which end."""

    endpoint: str
    token_file: Path | None
    """A file that the platform renews."""
    region: str
    """As above."""


Credential = Secret | Entra | ServiceAccount | Machine | Aws | AwsContainer


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials by their names in the configuration."""

    held: Mapping[str, Credential] = field(repr=False)

    @classmethod
    def load(cls, configs: Mapping[str, CredentialConfig], resolve: Resolve) -> Self:
        """Read every secret.

        Raises:
            ConfigError: missing, empty, or no key by its characters; names the place only.
        """
        return cls({name: _credential(name, config, resolve) for name, config in configs.items()})

    def again(
        self, configs: Mapping[str, CredentialConfig], resolve: Resolve
    ) -> tuple[Self, list[ConfigError]]:
        """Read every secret once more: what cannot be read stays, and why comes beside it."""
        held, wrong = dict(self.held), list[ConfigError]()
        for name, config in configs.items():
            try:
                held[name] = _credential(name, config, resolve)
            except ConfigError as error:
                wrong.append(error)
        return type(self)(held), wrong

    def fingerprinted(self) -> Iterator[bytes]:
        """What tells these from others, to go into a keyed hash and nowhere else."""
        for name, credential in sorted(self.held.items(), key=itemgetter(0)):
            yield repr((name, _parts(credential))).encode()

    def of(self, name: str) -> Credential:
        """Look a credential up.

        Raises:
            UpstreamFailed: none of that name; nothing is sent without the key it should have.
        """
        try:
            return self.held[name]
        except KeyError:
            raise UpstreamFailed(f"credential {name!r} is not loaded") from None


def _parts(credential: Credential) -> tuple[str, ...]:
    """What of a credential can change while its name stays."""
    match credential:
        case Secret():
            return (credential.value,)
        case Entra():
            return (credential.secret.value,) if credential.secret else ()
        case ServiceAccount():
            return credential.email, credential.key_id, credential.token_uri
        case Aws():
            keys = credential.keys
            return keys.access_key_id, keys.secret_access_key, keys.session_token
        case _:
            return ()


def _credential(name: str, config: CredentialConfig, resolve: Resolve) -> Credential:
    if config.entra is not None:
        return _entra(name, config.entra, resolve)
    if config.google is not None:
        return _google(name, config.google, resolve)
    if config.aws is not None:
        return _aws(name, config.aws, resolve)
    return secret(
        name, SecretConfig(file=config.file, env=config.env, command=config.command), resolve
    )


def _entra(name: str, config: EntraConfig, resolve: Resolve) -> Entra:
    assertion = resolve(config.assertion_file) if config.assertion_file else None
    if assertion is not None:
        assertion_of(name, assertion)  # a path that leads nowhere is an error at start
    return Entra(
        config=config,
        secret=secret(name, config.secret, resolve) if config.secret else None,
        assertion=assertion,
    )


def _google(name: str, config: GoogleConfig, resolve: Resolve) -> ServiceAccount | Machine:
    if config.service_account is not None:
        return service_account(name, raw(name, config.service_account, resolve)[1])
    return Machine(server=config.metadata_server or "")


def _aws(name: str, config: AwsConfig, resolve: Resolve) -> Aws | AwsContainer:
    if config.container is not None:
        return _container(name, config, config.container, resolve)
    if config.access_key_id is None or config.secret_access_key is None:
        raise ConfigError(f"credential {name}: has no keys")
    token = config.session_token
    keys = Keys(
        access_key_id=secret(name, config.access_key_id, resolve).value,
        secret_access_key=secret(name, config.secret_access_key, resolve).value,
        session_token=secret(name, token, resolve).value if token else "",
    )
    return Aws(keys=keys, region=config.region or "")


def _container(
    name: str, config: AwsConfig, container: ContainerConfig, resolve: Resolve
) -> AwsContainer:
    file = resolve(container.token_file) if container.token_file else None
    if file is not None:
        assertion_of(name, file)  # a path that leads nowhere is an error at start
    return AwsContainer(endpoint=container.endpoint, token_file=file, region=config.region or "")


def assertion_of(name: str, file: Path) -> Secret:
    """What a platform says of a workload, as it is now.

    Raises:
        ConfigError: the file is missing, empty, or holds no assertion.
    """
    return _checked(name, str(file), from_file(name, file))


def secret(name: str, place: SecretConfig, resolve: Resolve) -> Secret:
    """Read one secret.

    Args:
        name: its name in the configuration.
        place: a file, an environment variable or a command.
        resolve: where a written path leads to.

    Raises:
        ConfigError: missing, empty, or no key by its characters; names the place only.
    """
    return _checked(name, *raw(name, place, resolve))


def _checked(name: str, place: str, text: str) -> Secret:
    value = text.strip()
    if not value:
        raise ConfigError(f"credential {name}: {place} is missing or empty")
    if not _PRINTABLE.fullmatch(value):
        raise ConfigError(
            f"credential {name}: {place} holds spaces, line breaks or non-ASCII characters"
        )
    return Secret(value)
