"""Who may ask, and what for, as an operator writes it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.facts import Name
from guardrail_gw.core.tags import Tag
from guardrail_gw.documents import Strict

HostName = Annotated[str, Field(pattern=r"^[a-z0-9.:_-]{1,253}$")]
WebOrigin = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*://[a-z0-9.:\[\]_-]{1,253}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
TagName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
TagValue = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
HeaderName = Annotated[str, Field(pattern=r"^[xX]-[A-Za-z0-9-]{1,60}$")]


class TagConfig(Strict):
    """What requests are for, so that spending can be told apart by it."""

    values: Annotated[tuple[TagValue, ...], Field(min_length=1, max_length=1000)]
    """All that there are; another one is refused."""
    header: HeaderName | None = None
    """In which a request may say it."""
    metadata: TagName | None = None
    """The member of `metadata` in a body (chat completions, Responses) in which it may."""
    required: bool = False
    """Whether a request without it is refused."""

    def tag(self, name: str) -> Tag:
        """The value that requests are read by."""
        return Tag(
            name=name,
            values=frozenset(self.values),
            header=self.header,
            metadata=self.metadata,
            is_required=self.required,
        )


class PrincipalConfig(Strict):
    """Who a key, or the only client, stands for."""

    tenant: Name
    team: Name
    user: Name
    tags: dict[TagName, TagValue] = Field(default_factory=dict)
    """What all its requests are for."""


class KeyConfig(PrincipalConfig):
    """One virtual key, by its hash (`guardrail-gw keys issue` makes both)."""

    id: Name
    sha256: Sha256 | Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=2)]
    """Two while the key is changed: whoever sends either is the same caller."""

    @property
    def hashes(self) -> tuple[str, ...]:
        """Those that are taken."""
        return (self.sha256,) if isinstance(self.sha256, str) else self.sha256


class KeysDocument(Strict):
    """A file of virtual keys, which may change while the gateway runs."""

    keys: Annotated[tuple[KeyConfig, ...], Field(max_length=10_000)]


class SingleTenantConfig(PrincipalConfig):
    """The only client, and which hosts and web pages it may be besides loopback's own."""

    hosts: tuple[HostName, ...] = ()
    origins: tuple[WebOrigin, ...] = ()


class AccessConfig(Strict):
    """Who may ask: virtual keys, or one tenant on loopback (the sidecar)."""

    keys: tuple[KeyConfig, ...] = ()
    keys_file: str | None = None
    """More of them, in a file that is read anew when it changes."""
    single_tenant: SingleTenantConfig | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.keys or self.keys_file) == bool(self.single_tenant):
            raise ValueError("give either keys, keys_file or both, or single_tenant")
        return self


Wrong = list[tuple[tuple[str | int, ...], str]]
"""Tags that there are not: where, and the name."""


def wrong(access: AccessConfig, known: Mapping[str, TagConfig]) -> Wrong:
    """Tags in gateway.yaml that there are not."""
    single = access.single_tenant
    alone = [(("access", "single_tenant"), single)] if single is not None else []
    keys = ((("access", "keys", n), key) for n, key in enumerate(access.keys))
    return _wrong((*keys, *alone), known)


def wrong_keys(document: KeysDocument, known: Mapping[str, TagConfig]) -> Wrong:
    """The same of a file of keys."""
    return _wrong(((("keys", n), key) for n, key in enumerate(document.keys)), known)


def _wrong(
    who: Iterable[tuple[tuple[str | int, ...], PrincipalConfig]], known: Mapping[str, TagConfig]
) -> Wrong:
    return [
        (place, name)
        for place, each in who
        for name, value in each.tags.items()
        if name not in known or value not in known[name].values
    ]
