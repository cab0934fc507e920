"""What an operator writes about one credential: where secrets are read from, never a secret."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.facts import Signing
from guardrail_gw.documents import Strict

_LOOPBACK: Final = r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?"
Authority = Annotated[
    str, Field(pattern=rf"^(?:https://[a-z0-9.-]+(?::[0-9]{{1,5}})?|{_LOOPBACK})$")
]
"""Scheme and host of a server that gives tokens; a secret goes there, so without TLS only within
the machine."""
MetadataServer = Annotated[
    str,
    Field(pattern=rf"^(?:http://(?:metadata\.google\.internal|169\.254\.169\.254)|{_LOOPBACK})$"),
]
"""It speaks HTTP, and only to the machine it is on."""
_LENT: Final = r"http://(?:169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])"
Lender = Annotated[str, Field(pattern=rf"^(?:{_LENT}|{_LOOPBACK})/[A-Za-z0-9/_-]{{0,200}}$")]
"""It speaks HTTP, and only to the machine it is on."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,127}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]$")]
Scope = Annotated[str, Field(pattern=r"^[a-z]+://[A-Za-z0-9._/-]{1,200}$")]

Command = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...],
    Field(min_length=1, max_length=64),
]
"""A program and its arguments, run without a shell; what it prints is the secret."""


class SecretConfig(Strict):
    """Where a secret is read from."""

    file: str | None = None
    env: str | None = None
    command: Command | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(map(bool, (self.file, self.env, self.command))) != 1:
            raise ValueError("give one of file, env, command")
        return self


class EntraConfig(Strict):
    """Tokens of Microsoft Entra, for an application or a workload."""

    tenant: Id
    client: Id
    secret: SecretConfig | None = None
    assertion_file: str | None = None
    """What the platform says of the workload; it is renewed, so it is read for each token."""
    scope: Scope = "https://cognitiveservices.azure.com/.default"
    authority: Authority = "https://login.microsoftonline.com"

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.secret) == bool(self.assertion_file):
            raise ValueError("give either secret or assertion_file")
        return self


class GoogleConfig(Strict):
    """Tokens of Google, for a service account or whatever the machine runs as."""

    service_account: SecretConfig | None = None
    """Its key, as Google's console gives it: JSON."""
    metadata_server: MetadataServer | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.service_account) == bool(self.metadata_server):
            raise ValueError("give either service_account or metadata_server")
        return self


class ContainerConfig(Strict):
    """Where a container is lent keys."""

    endpoint: Lender
    token_file: str | None = None
    """What the platform says of the container; it is renewed, so it is read each time."""


class AwsConfig(Strict):
    """Signatures of AWS, with keys of a user, of a session, or that a container is lent."""

    access_key_id: SecretConfig | None = None
    secret_access_key: SecretConfig | None = None
    session_token: SecretConfig | None = None
    container: ContainerConfig | None = None
    region: Region | None = None
    """For which signatures are good; None: the deployment's."""

    @model_validator(mode="after")
    def _keys_or_container(self) -> Self:
        keys = self.access_key_id is not None, self.secret_access_key is not None
        if keys[0] != keys[1] or keys[0] == (self.container is not None):
            raise ValueError("give either access_key_id and secret_access_key, or container")
        if self.container is not None and self.session_token is not None:
            raise ValueError("a container is lent its session with the keys")
        return self


class CredentialConfig(Strict):
    """A key, or how to get what stands for one."""

    file: str | None = None
    env: str | None = None
    command: Command | None = None
    entra: EntraConfig | None = None
    google: GoogleConfig | None = None
    aws: AwsConfig | None = None

    @model_validator(mode="after")
    def _one_of_all(self) -> Self:
        given = (self.file, self.env, self.command, self.entra, self.google, self.aws)
        if sum(bool(each) for each in given) != 1:
            raise ValueError("give one of file, env, command, entra, google, aws")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """The files whose content is read and kept; what is read for each token is not."""
        entra, google, aws = self.entra, self.google, self.aws
        places = (
            entra.secret if entra else None,
            google.service_account if google else None,
            *((aws.access_key_id, aws.secret_access_key, aws.session_token) if aws else ()),
        )
        files = (self.file, *(place.file for place in places if place is not None))
        return tuple(file for file in files if file is not None)

    @property
    def kind(self) -> Signing:
        """What it lets the gateway do."""
        if self.entra is not None:
            return "entra"
        if self.google is not None:
            return "google"
        return "key" if self.aws is None else "aws"
