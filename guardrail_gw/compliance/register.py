"""The register of processors: who processes data for you, where, and on what terms."""

from collections.abc import Iterator
from dataclasses import dataclass

from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.compliance.configuration import Configured
from guardrail_gw.core.deployment import Deployment

OWN = "your own servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One deployment in the register."""

    deployment: str
    provider: str
    processor: str | None
    """Its legal name; None: nobody wrote it down."""
    purpose: str | None
    models: tuple[str, ...]
    """Virtual models that it may serve."""
    inference: tuple[str, ...]
    storage: tuple[str, ...]
    outside_eea: tuple[str, ...]
    """Countries of either that are outside the EEA."""
    own: bool
    """The operator's own servers: nobody processes on behalf of anybody there."""
    dpa: str | None
    dpa_expires: str | None
    transfer_mechanism: str | None
    transfer_expires: str | None
    lapsed: str | None
    """The term that has ended; residency sends nothing there since."""

    @property
    def lacks_dpa(self) -> bool:
        """Whether somebody else processes without an agreement that is written down."""
        return not self.own and self.dpa is None

    @property
    def lacks_mechanism(self) -> bool:
        """Whether data may leave the EEA on no basis that is written down."""
        return not self.own and bool(self.outside_eea) and self.transfer_mechanism is None


def register(configured: Configured) -> tuple[Entry, ...]:
    """Every configured deployment, in the order of the file."""
    return tuple(_entries(configured))


def _entries(configured: Configured) -> Iterator[Entry]:
    for config in configured.gateway.deployments:
        found = configured.deployments[config.id]
        contract = config.contract
        dpa = contract.dpa if contract else None
        transfer = contract.transfer_mechanism if contract else None
        lapsed = found.lapsed(configured.now_us)
        yield Entry(
            deployment=config.id,
            provider=config.provider,
            processor=contract.processor if contract else None,
            purpose=contract.purpose if contract else None,
            models=tuple(m.name for m in configured.gateway.models if config.id in m.deployments),
            inference=tuple(sorted(found.inference)),
            storage=tuple(sorted(found.storage)),
            outside_eea=tuple(sorted((found.inference | found.storage) - configured.eea)),
            own=_own(config, found),
            dpa=f"{dpa.reference}, signed {dpa.signed.isoformat()}" if dpa else None,
            dpa_expires=str(dpa.expires) if dpa and dpa.expires else None,
            transfer_mechanism=f"{transfer.kind}, {transfer.reference}" if transfer else None,
            transfer_expires=str(transfer.expires) if transfer and transfer.expires else None,
            lapsed=str(lapsed) if lapsed else None,
        )


def _own(config: DeploymentConfig, found: Deployment) -> bool:
    """Countries that the operator declares are those of the operator's own machines."""
    return not found.region and bool(config.inference) and config.contract is None
