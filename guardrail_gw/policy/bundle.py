"""A signed policy folder: what two people sign, and who asks whether they did.

policies/bundle.json    DSSE envelope around a `Manifest`; it lies beside the policies that it
                        names by their digest, so that both arrive together or not at all
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import Field, ValidationError

from guardrail_gw.documents import Strict
from guardrail_gw.errors import ConfigError

BUNDLE = "bundle.json"
PAYLOAD_TYPE = "application/vnd.guardrail-gw.policy-bundle+json"
SIGNATURES = 2
"""How many people have to sign."""
BundleName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Serial = Annotated[int, Field(ge=1, le=2**53)]


class Manifest(Strict):
    """What is signed."""

    api_version: Literal["guardrail-gw/v1"] = Field(alias="apiVersion")
    kind: Literal["PolicyBundle"]
    bundle: BundleName
    """For which gateways: a bundle for staging is none for production."""
    serial: Serial
    """Only goes up; going back to older policies is a new bundle that names their digest."""
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    """Of the folder's policies, as the gateway computes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who answers for the policies that were loaded."""

    bundle: str
    serial: int
    digest: str
    signers: tuple[str, ...]
    """Names, sorted."""


class Guard(Protocol):
    """Decides whether policies that were read may come into force."""

    def approve(self, folder: Path, digest: str) -> Approval:
        """Judge what lies beside the policies.

        Args:
            folder: from which they were read.
            digest: of what was read.

        Raises:
            ConfigError: not signed by enough people, rolled back, or meant for somebody else.
        """
        ...

    def accepted(self, approval: Approval) -> None:
        """Remember that it is in force; what is older never comes back.

        Raises:
            ConfigError: it cannot be remembered.
        """
        ...


def parse_manifest(payload: bytes, where: str) -> Manifest:
    """Read what was signed.

    Raises:
        ConfigError: it is no manifest.
    """
    try:
        return Manifest.model_validate_json(payload, strict=True)
    except ValidationError:
        pass  # outside the handler: pydantic's error holds the input
    raise ConfigError(f"{where}: signed is no policy bundle of this version")


def manifest_bytes(manifest: Manifest) -> bytes:
    """As it is signed."""
    return manifest.model_dump_json(by_alias=True).encode()
