"""A folder of policies, loaded as a whole or not at all; the last good one stays in force."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Self

from guardrail_gw.core.exchange import Inbound
from guardrail_gw.core.identity import Principal
from guardrail_gw.documents import Loaded, read
from guardrail_gw.errors import ConfigError, PolicyDown
from guardrail_gw.policy.bundle import BUNDLE, Approval, Guard
from guardrail_gw.policy.circumstances import Circumstances, circumstances_of
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.compile import Compiled, compiled
from guardrail_gw.policy.document import PolicyDocument
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.ruling import Ruling, on_arrival
from guardrail_gw.policy.vocabulary import Vocabulary

CASES = "cases.yaml"
"""The cases of the policies beside it; not a policy."""
MAX_DOCUMENTS = 256
DATA = "..data"
"""The link that Kubernetes swaps when a ConfigMap changes; `policy activate` does the same."""
_MAX_RESOLVED = 4096
Bearing = frozenset[tuple[str, str]]
"""Ids and digests of documents."""
_UNASKED = Circumstances()
_ENDINGS = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """The policies of one folder at one time."""

    digest: str
    """`sha256:` and the hex digest over the names and digests of all documents."""
    documents: tuple[Compiled, ...]
    """Sorted by id."""
    approval: Approval | None = None
    """Who signed them; None where nobody has to."""
    _resolved: dict[tuple[str, ...], Policy] = field(
        default_factory=dict, repr=False, compare=False
    )
    _bearing: dict[tuple[str, str, str], Bearing] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def serial(self) -> int:
        """Of the bundle that was signed; 0 without one."""
        return self.approval.serial if self.approval else 0

    def resolve(self, principal: Principal, surface: str, within: tuple[str, ...] = ()) -> Policy:
        """The policy for one who asks at one surface, before any condition is judged.

        Args:
            principal: who asks.
            surface: where.
            within: other surfaces that what is asked would go to by itself: their policies count,
                too.

        Raises:
            PolicyDown: no document without a condition matches; without a policy nothing passes.
        """
        return self.resolved(principal.tenant, principal.team, surface, *within)

    def resolved(self, tenant: str, team: str, *surfaces: str) -> Policy:
        """As `resolve`, for a caller told by name."""
        key = (tenant, team, *surfaces)
        policy = self._resolved.get(key)
        if policy is None:
            policy = self._combined(*key)
            if len(self._resolved) >= _MAX_RESOLVED:
                self._resolved.pop(next(iter(self._resolved)))
            self._resolved[key] = policy
        return policy

    def ruling(self, inbound: Inbound, models: Collection[str]) -> Ruling:
        """The policy for one request, as far as it follows from what is known on arrival.

        Args:
            inbound: the request.
            models: the virtual models that are configured.

        Raises:
            PolicyDown: as `resolve`.
        """
        within = inbound.question.surfaces
        policy = self.resolve(inbound.principal, inbound.arrival.surface, within)
        if not policy.conditional:
            return Ruling(policy=policy, circumstances=_UNASKED)
        circumstances = circumstances_of(inbound, models)
        return Ruling(policy=on_arrival(policy, circumstances), circumstances=circumstances)

    def matching(self, tenant: str, team: str, surface: str) -> tuple[Compiled, ...]:
        """The documents that are for this caller, whatever their condition says."""
        return tuple(d for d in self.documents if d.mismatch(tenant, team, surface) is None)

    def bearing(self, principal: Principal, surface: str) -> Bearing:
        """Which documents are for this caller, byte for byte: the same while it is judged alike."""
        key = (principal.tenant, principal.team, surface)
        found = self._bearing.get(key)
        if found is None:
            found = frozenset((each.id, each.sha256) for each in self.matching(*key))
            if len(self._bearing) >= _MAX_RESOLVED:
                self._bearing.clear()
            self._bearing[key] = found
        return found

    def always(self, tenant: str, team: str, surface: str) -> tuple[Compiled, ...]:
        """Those of them that need no condition to hold."""
        return tuple(d for d in self.matching(tenant, team, surface) if d.condition is None)

    def _combined(self, tenant: str, team: str, *surfaces: str) -> Policy:
        always = [self.always(tenant, team, surface) for surface in surfaces]
        if not all(always):
            raise PolicyDown("no policy matches this caller and endpoint, so nothing passes")
        matching = {d.id: d for each in surfaces for d in self.matching(tenant, team, each)}
        conditional = tuple(d.conditional for d in matching.values() if d.condition is not None)
        policy = combined(d.policy for each in always for d in each)
        asks_model = any("model" in each.condition.names for each in conditional)
        return replace(policy, conditional=conditional, asks_model=asks_model, narrower={})


@dataclass(slots=True, kw_only=True)
class PolicySource:
    """Holds the policies in force; `current` is one reference, swapped as a whole."""

    directory: Path
    vocabulary: Vocabulary = field(repr=False)
    current: PolicySet
    guard: Guard | None = None
    """Must approve what comes into force."""

    @classmethod
    def load(cls, directory: Path, vocabulary: Vocabulary, guard: Guard | None = None) -> Self:
        """Load the folder.

        Raises:
            ConfigError: any file in it is not a valid policy, there is none, or `guard` refuses.
        """
        current = load_approved(directory, vocabulary, guard)
        return cls(directory=directory, vocabulary=vocabulary, current=current, guard=guard)

    def candidate(self) -> PolicySet:
        """Load the folder anew, without putting it in force.

        Raises:
            ConfigError: the folder is not valid, or `guard` refuses it.
        """
        return load_approved(self.directory, self.vocabulary, self.guard)

    def enforce(self, policies: PolicySet) -> None:
        """Put them in force; a request under way keeps the policy it has.

        Raises:
            ConfigError: it cannot be remembered that they are; what was in force stays in force.
        """
        if self.guard is not None and policies.approval is not None:
            self.guard.accepted(policies.approval)
        self.current = policies

    def reload(self) -> PolicySet:
        """Load the folder anew and put it in force.

        Raises:
            ConfigError: as `candidate` and `enforce`; what was in force stays in force.
        """
        self.enforce(self.candidate())
        return self.current


def load_approved(directory: Path, vocabulary: Vocabulary, guard: Guard | None) -> PolicySet:
    """Read and compile every policy of a folder, and have it approved.

    Raises:
        ConfigError: as `load_set`, or `guard` refuses it.
    """
    folder = settled(directory)
    policies = load_set(folder, vocabulary)
    if guard is None:
        return policies
    return replace(policies, approval=guard.approve(folder, policies.digest))


def load_set(directory: Path, vocabulary: Vocabulary) -> PolicySet:
    """Read and compile every policy of a folder.

    Raises:
        ConfigError: any file in it is not a valid policy, or there is none.
    """
    folder = settled(directory)
    loaded = [read(path, PolicyDocument) for path in _files(folder)]
    if not loaded:
        raise ConfigError(f"{directory}: no policy in this folder")
    digest = _digest(loaded)
    documents = sorted((compiled(each, vocabulary, digest) for each in loaded), key=lambda d: d.id)
    for one, next_one in pairwise(documents):
        if one.id == next_one.id:
            raise ConfigError(f"{directory}: {one.file} and {next_one.file} are both {one.id!r}")
    return PolicySet(digest=digest, documents=tuple(documents))


def settled(directory: Path) -> Path:
    """The folder behind the links, so that one that is swapped meanwhile is not read half-way."""
    data = directory / DATA
    try:
        return data.resolve(strict=True) if data.is_symlink() else directory
    except (OSError, RuntimeError):  # the link leads nowhere, or in a circle
        raise ConfigError(f"{data}: leads to no folder") from None


def _files(directory: Path) -> list[Path]:
    """Every visible file; one that is no policy is refused, for it may be a misnamed one."""
    try:
        paths = sorted(p for p in directory.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise ConfigError(f"{directory}: cannot be read: {error.strerror}") from error
    policies = [p for p in paths if p.name not in (CASES, BUNDLE) and p.suffix != ".md"]
    for path in policies:
        if path.suffix not in _ENDINGS or not path.is_file():
            raise ConfigError(f"{path}: not a policy; a policy folder holds .yaml and .md files")
    if len(policies) > MAX_DOCUMENTS:
        raise ConfigError(f"{directory}: more than {MAX_DOCUMENTS} policies")
    return policies


def _digest(loaded: Iterable[Loaded[PolicyDocument]]) -> str:
    whole = hashlib.sha256()
    for each in loaded:
        whole.update(f"{each.path.name}\0{each.sha256}\n".encode())
    return f"sha256:{whole.hexdigest()}"
