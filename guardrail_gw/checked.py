"""What a configuration names, held to the catalog and to the secrets that are there.

The gateway starts with it; commands look at it without starting anything.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.arranged import arranged_archive
from guardrail_gw.catalog.age import STALE_DAYS
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.ports import Clock
from guardrail_gw.dialects.every import PROVIDERS
from guardrail_gw.errors import ConfigError
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.credentials import Credentials, secret

if TYPE_CHECKING:
    from guardrail_gw.audit.archive import Archiver


def checked_deployments(settings: Settings, catalog: Catalog) -> Mapping[str, Deployment]:
    """Every configured deployment by its id, held to the catalog.

    Raises:
        ConfigError: one does not fit it, speaks what nobody here does, or has another's credential.
    """
    found = {}
    for config in settings.gateway.deployments:
        deployment = found[config.id] = catalog.deployment(config)
        if deployment.dialect not in PROVIDERS:
            raise ConfigError(
                f"deployment {config.id}: {config.provider} speaks {deployment.dialect} there,"
                f" which this gateway does not; it speaks {', '.join(PROVIDERS)}"
            )
        if config.credential is not None:
            credential = settings.gateway.credentials[config.credential]
            catalog.check_credential(config, credential)
    return found


def loaded_credentials(settings: Settings) -> Credentials:
    """Every credential, its secrets read.

    Raises:
        ConfigError: one is missing or is none.
    """
    return Credentials.load(settings.gateway.credentials, settings.resolve)


def aged(settings: Settings, catalog: Catalog, now_us: int) -> Iterator[tuple[str, int]]:
    """Deployments whose facts in the catalog are old, each with their days."""
    today = datetime.fromtimestamp(now_us / 1e6, tz=UTC).date()
    for config in settings.gateway.deployments:
        if (days := catalog.age_days(config, today)) > STALE_DAYS:
            yield config.id, days


def revealing(settings: Settings) -> Callable[[str, SecretConfig], str]:
    """What reads a secret that the configuration names: its name and its place -> itself.

    It raises ConfigError where the secret is missing or is none.
    """
    return lambda name, place: secret(name, place, settings.resolve).value


def archive_of(
    settings: Settings, clock: Clock, signer: Ed25519PrivateKey | None = None
) -> "Archiver | None":
    """Where closed segments of the log go, if the configuration says so; `arranged_archive`.

    Raises:
        ConfigError: a secret or an extra is missing, or the place is in the log's own folder.
    """

    def reveal(place: SecretConfig) -> str:
        return secret("audit.archive.s3", place, settings.resolve).value

    return arranged_archive(settings, clock, reveal, signer)
