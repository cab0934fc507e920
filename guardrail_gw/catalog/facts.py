"""The shape of what is known of providers and places; each fact says where and when it was read."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from guardrail_gw.core.amounts import Bill
from guardrail_gw.core.deployment import Form
from guardrail_gw.core.parameters import Takes
from guardrail_gw.documents import Strict


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Address = Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=12, allow_inf_nan=False)]
Factor = Annotated[Decimal, Field(ge=1, le=10)]
Pattern = Annotated[str, AfterValidator(_regular)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]


KeyHeader = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z-]{0,62}$")]
KeyValue = Annotated[str, Field(pattern=r"^(?:[A-Za-z]+ )?\{key\}$")]


PathTemplate = Annotated[
    str,
    Field(
        pattern=r"^(?:/|\{operation\})(?:[A-Za-z0-9._~:/?&=-]|\{(?:model|operation|version)\})*$"
    ),
]
Signing = Literal["key", "entra", "google", "aws"]
"""How a provider lets somebody in: with a key, a token of Microsoft Entra or Google, a signature of
AWS."""


FixedName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,62}$")]
FixedValue = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
InnerName = Annotated[str, Field(pattern=r"^[a-z][A-Za-z_]{0,62}(?:\.[a-z][A-Za-z_]{0,62})?$")]
"""A member, or one within a member: `inferenceConfig.topP`."""


_SAFEGUARDED = frozenset(
    {"model", "messages", "input", "prompt", "contents", "system", "instructions", "tools"}
    | {"stream", "stream_options", "store"}
)
"""What is asked, and what the gateway itself sees to: no table touches it."""


class Sourced(Strict):
    """A fact, or several, read at one place on one day."""

    source: Address
    verified_on: date
    """The day on which it was last compared with its source, or the source's own date if older."""


class JurisdictionFact(Sourced):
    """A named set of countries."""

    name: str
    countries: Annotated[frozenset[Country], Field(min_length=1)]


class JurisdictionsFile(Strict):
    """jurisdictions.yaml."""

    jurisdictions: dict[str, JurisdictionFact]
    countries: frozenset[Country]
    """All of ISO 3166-1 alpha-2."""


class Retention(Sourced):
    """What the provider keeps of a request, and how long, unless something else is agreed."""

    says: str
    days: Annotated[int, Field(ge=0)] | None = None
    """The longest time a usual request's content is kept; None where no number is stated."""


class Training(Sourced):
    """Whether the provider trains models on what it is sent."""

    says: str
    by_default: bool | None = None
    """None where it depends on the plan or the place."""


class Multiplier(Sourced):
    """What regional processing costs of a model whose own multiplier is not stated."""

    multiplier: Factor


class BatchPrice(Sourced):
    """What of the usual price is asked for when requests are answered in a batch."""

    share: Annotated[Decimal, Field(gt=0, le=1)]
    second_hand: bool = False
    """Told by others than the provider."""


class BillFact(Sourced):
    """Where an answer says what is asked for it: a number of its usage."""

    member: FixedName
    per_usd: Annotated[Decimal, Field(gt=0, le=10**15)] = Decimal(1)
    """How many of the number's unit are a US dollar."""

    def bill(self) -> Bill:
        """The value that answers are read by."""
        return Bill(member=self.member, per_usd=self.per_usd)


class Retired(Sourced):
    """The service no longer exists."""

    on: date


class Terms(Strict):
    """Where a deployment of one type runs and keeps what it is sent; empty is unknown."""

    inference: tuple[str, ...]
    storage: tuple[str, ...]
    regional_price: bool = False
    """The model's `regional` multiplier applies."""


class RangeFact(Strict):
    """Between which numbers a member must lie, ends included."""

    least: int | float | None = None
    most: int | float | None = None
    beyond: Literal["clamp", "refuse"] = "clamp"
    """The nearest bound stands for a value outside; or the deployment is passed over."""

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        bounds = [each for each in (self.least, self.most) if each is not None]
        if not bounds or bounds != sorted(bounds):
            raise ValueError("needs least, most or both, the lesser one first")
        return self


class ParameterFact(Sourced):
    """How the provider reads the top-level members of a body, where it is not as others do.

    What is renamed is so first: the other fields use the names that the provider reads.
    """

    says: str
    """What becomes of a body that is sent as it is."""
    dialects: Annotated[tuple[Name, ...], Field(min_length=1)]
    models: Pattern | None = None
    """What the whole name of a model matches; None: of all."""
    rename: dict[FixedName, FixedName] = Field(default_factory=dict)
    drop: tuple[InnerName, ...] = ()
    """Left out, on record: refused here, and of no weight for what is asked."""
    refuse: tuple[FixedName, ...] = ()
    """The deployment is passed over if they say anything: the answer would be another."""
    one_of: tuple[Annotated[tuple[InnerName, ...], Field(min_length=2)], ...] = ()
    """Members that stand for each other: beside the first that is said the others are left out."""
    takes: tuple[Takes, ...] = ()
    """What these models take of what not every model does; a translation says it to them alone."""
    range: dict[FixedName, RangeFact] = Field(default_factory=dict)
    require: dict[FixedName, int | float | bool | FixedValue] = Field(default_factory=dict)
    """What stands for a client that does not say it."""
    keep: tuple[InnerName, ...] = ()
    """Of which nothing holds any more that an earlier entry says."""
    second_hand: bool = False
    """The source is not the provider's: somebody else's client, or what a user saw."""

    @model_validator(mode="after")
    def _leaves_safeguards_alone(self) -> Self:
        named = {*self.rename, *self.rename.values(), *self.drop, *self.refuse}
        named |= {*self.range, *self.require, *self.keep}
        named |= {name for names in self.one_of for name in names}
        if touched := sorted({name.partition(".")[0] for name in named} & _SAFEGUARDED):
            raise ValueError(f"{', '.join(touched)}: not for a table to change")
        if not named and not self.takes:
            raise ValueError("changes nothing")
        return self


class UnknownParameters(Sourced):
    """That no table of a provider's parameters could be made, and where one was looked for."""

    says: str
    """What is known instead, and what becomes of a body that has what the provider lacks."""
    second_hand: bool = False


class RegionFact(Sourced):
    """One region of one provider: either one set of terms or one per deployment type."""

    host: Pattern
    """What the whole host name of a deployment's base URL must match."""
    path: Pattern | None = None
    """What its whole path must match, where the place is named there."""
    base_url: Address | None = None
    """None: each customer has an address of its own."""
    base_urls: dict[str, Address] = Field(default_factory=dict)
    """Where it speaks the provider's other dialects."""
    example: Address | None = None
    """A base URL of a customer, where each has one of its own."""
    inference: tuple[str, ...] | None = None
    storage: tuple[str, ...] | None = None
    regional_price: bool = False
    fixed_members: dict[FixedName, FixedValue] = Field(default_factory=dict)
    """Members of the body without which the region's terms do not hold -> their values."""
    deployment_types: dict[Name, Terms] = Field(default_factory=dict)
    """When present, the operator must declare one: the host does not show it."""
    retention: Retention | None = None
    """None: what the provider says of all its regions."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.terms() is None) == (not self.deployment_types):
            raise ValueError("needs terms (inference and storage) or deployment types")
        if (self.base_url is None) == (self.example is None):
            raise ValueError("needs either base_url or example")
        return self

    def terms(self) -> Terms | None:
        """The region's own terms; None where they depend on the deployment type."""
        if self.inference is None or self.storage is None:
            return None
        return Terms(
            inference=self.inference, storage=self.storage, regional_price=self.regional_price
        )

    def each_terms(self) -> list[tuple[str | None, Terms]]:
        """Deployment types with their terms; None for the region's own."""
        own = self.terms()
        return [(None, own)] if own is not None else [*self.deployment_types.items()]


class ProfileFact(Sourced):
    """Models that run in several regions at the provider's choice, told by their name's prefix."""

    regions: tuple[Name, ...]
    """Every region it may run in; empty is unknown, or anywhere."""


class Profiles(Strict):
    """How a provider with regions says in a model's name that other regions may serve it."""

    by_prefix: dict[Name, ProfileFact]
    """What stands before the first dot -> where it may run."""
    makers: tuple[Name, ...]
    """What stands before the first dot where a model runs in the region that was asked."""


class Listing(Strict):
    """Under which names a price catalogue has this provider's models."""

    providers: Annotated[tuple[str, ...], Field(min_length=1)]
    prefix: str = ""
    """What a model's name begins with there and not here."""
    names: Pattern | None = None
    """What the rest must match to be a model's name."""
    zones: tuple[Name, ...] = ()
    """What stands before a model's name, with a slash, where the row is its regional price."""


class Shape(Strict):
    """How a provider takes requests of one dialect."""

    path: PathTemplate
    """Appended to the base URL: `{model}` is the model's name, `{operation}` what the dialect says
    there, `{version}` the deployment's `api_version`."""
    stream_path: PathTemplate | None = None
    """The same where a stream is asked for; None: no other."""
    operations: tuple[str, ...] = ()
    """Those of the dialect's operations that the provider has; empty: all."""
    models: Pattern | None = None
    """What a model's whole name must match; others are addressed as the dialect says."""
    without: tuple[FixedName, ...] = ()
    """Members of the body that it does not take."""
    members: dict[FixedName, FixedValue | int] = Field(default_factory=dict)
    """Members that the body has instead -> their values."""
    from_headers: dict[KeyHeader, FixedName] = Field(default_factory=dict)
    """Headers of the dialect, each a list -> the member that holds it here."""
    is_wrapped: bool = False
    """The events of a stream come wrapped in binary messages (`vnd.amazon.eventstream`)."""

    within: tuple[Annotated[str, Field(pattern=r"^[A-Za-z]{1,63}$")], ...] = ()
    """Members, each within the one before; the last one holds the body, as base64."""
    answers_as: dict[Annotated[str, Field(pattern=r"^[A-Za-z_]{1,63}$")], FixedName] = Field(
        default_factory=dict
    )
    """Members of an answer -> what the dialect calls them."""
    also: tuple["Shape", ...] = ()
    """How it takes other operations, each in a way of its own."""

    def fits(self, model: str) -> bool:
        """Whether requests for a model are written so."""
        return self.models is None or re.fullmatch(self.models, model) is not None

    def every(self, dialect: str, version: str) -> Iterator[Form]:
        """As the other rooms read it, one for each way."""
        for shape in (self, *self.also):
            yield shape.form(dialect, version)

    def form(self, dialect: str, version: str) -> Form:
        """As the other rooms read it, but for `also`."""
        return Form(
            dialect=dialect,
            path=self.path.replace("{version}", version),
            stream_path=(self.stream_path or "").replace("{version}", version),
            operations=self.operations,
            without=self.without,
            members=tuple(self.members.items()),
            from_headers=tuple(self.from_headers.items()),
            is_wrapped=self.is_wrapped,
            within=self.within,
            answers_as=tuple(self.answers_as.items()),
        )


class FormFact(Shape, Sourced):
    """How a provider takes requests of one dialect, where it has a way of its own."""


class VersionedFact(Sourced):
    """Addresses of a provider that name a version of its interface."""

    base_path: Annotated[str, Field(pattern=r"^/[a-z0-9/_-]+$")]
    """What the path of the base URL is then."""
    example: Address
    forms: Annotated[dict[Name, Shape], Field(min_length=1)]


class ProviderFact(Strict):
    """Who answers, where, and on what terms: one file under providers/."""

    provider: Name
    name: str
    documentation: Address | None = None
    dialects: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The wire formats it speaks; the first unless a deployment chooses another."""
    also_speaks: tuple[Name, ...] = ()
    """Those of them in which it answers at the base URL of the first, with the same models."""
    key_headers: dict[KeyHeader, KeyValue] = Field(
        default_factory=lambda: {"Authorization": "Bearer {key}"}
    )
    """Names of the headers in which it takes its key -> their values, `{key}` for the key."""
    signing: Annotated[tuple[Signing, ...], Field(min_length=1)] = ("key",)
    """Kinds of credentials that it takes; a token goes in `Authorization` in any case."""
    service: Name | None = None
    """What signatures call it; None where it takes none."""
    forms: dict[Name, FormFact] = Field(default_factory=dict)
    """Dialects that it takes in a way of its own."""
    versioned: VersionedFact | None = None
    """How it is addressed by deployments with an `api_version`; None: there is none."""
    renamed_members: dict[FixedName, FixedName] = Field(default_factory=dict)
    """Members of a translated body by the dialect's name -> the name that this provider reads."""
    parameters: tuple[ParameterFact, ...] = ()
    """What differs from the dialect, in every body sent; later entries add to earlier ones."""
    parameters_unknown: UnknownParameters | None = None
    """Stands in the place of a table that nobody could make."""
    self_hosted: bool = False
    """The operator declares the countries, for the machines are the operator's."""
    retired: Retired | None = None
    retention: Retention | None = None
    """None is unknown, here and below."""
    training: Training | None = None
    regional: Multiplier | None = None
    batch: BatchPrice | None = None
    bill: BillFact | None = None
    profiles: Profiles | None = None
    listed_as: dict[Name, Listing] = Field(default_factory=dict)
    """Price catalogue -> where this provider stands in it."""
    regions: dict[Name, RegionFact]

    @model_validator(mode="after")
    def _signatures_name_a_service(self) -> Self:
        if ("aws" in self.signing) != (self.service is not None):
            raise ValueError("a provider that takes signatures has a service, and no other")
        return self

    @model_validator(mode="after")
    def _forms_are_of_its_dialects(self) -> Self:
        named = {*self.forms, *(self.versioned.forms if self.versioned else ())}
        if not named <= set(self.dialects):
            raise ValueError("forms must be of dialects of this provider")
        return self

    @model_validator(mode="after")
    def _dialects_are_known(self) -> Self:
        if not set(self.also_speaks) <= set(self.dialects[1:]):
            raise ValueError("also_speaks must name dialects of this provider behind the first")
        return self

    @model_validator(mode="after")
    def _parameters_are_of_its_dialects(self) -> Self:
        named = {dialect for each in self.parameters for dialect in each.dialects}
        if unknown := sorted(named - set(self.dialects)):
            raise ValueError(f"parameters name dialects it does not speak: {', '.join(unknown)}")
        if self.parameters and self.parameters_unknown is not None:
            raise ValueError("either parameters or parameters_unknown")
        return self

    @model_validator(mode="after")
    def _regions_are_known(self) -> Self:
        profiles = self.profiles.by_prefix.values() if self.profiles else ()
        unknown = {r for p in profiles for r in p.regions} - self.regions.keys()
        if unknown:
            raise ValueError(f"profiles name unknown regions: {', '.join(sorted(unknown))}")
        if self.self_hosted == bool(self.regions) and self.retired is None:
            raise ValueError("either self_hosted or regions")
        return self
