"""What of a gateway is read when its metrics are asked for, rather than counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from guardrail_gw.observability.deployments import NO_WIRES, Known, Wires
from guardrail_gw.observability.memory import Place


class Room(Protocol):
    """The audit log's disk."""

    @property
    def level(self) -> IntEnum:
        """0 enough, 1 low, 2 full."""
        ...

    @property
    def free(self) -> int:
        """Bytes."""
        ...


class Waiting(Protocol):
    """The audit log's archive."""

    @property
    def waiting(self) -> int:
        """Closed segments that are not archived."""
        ...

    @property
    def problem(self) -> str | None:
        """Why not."""
        ...


class Spent(Protocol):
    """Budgets and rates."""

    @property
    def refused(self) -> Mapping[str, int]:
        """Budget or rate -> requests that it had no room for."""
        ...

    @property
    def over(self) -> Mapping[str, int]:
        """Budget that only warns -> requests beyond it."""
        ...

    @property
    def downgraded(self) -> Mapping[str, int]:
        """Budget -> requests for which a cheaper model was asked."""
        ...

    @property
    def lost(self) -> int:
        """Settlements that no store took."""
        ...


class Alone(Protocol):
    """Whether budgets and rates are shared."""

    @property
    def is_alone(self) -> bool:
        """The store is down, and this process keeps rates by itself."""
        ...

    @property
    def granted(self) -> int:
        """What it let through by itself."""
        ...

    @property
    def lost(self) -> int:
        """What it let through and could not bring to the store."""
        ...


class Shipping(Protocol):
    """The audit log's way to a collector."""

    @property
    def behind(self) -> int:
        """Signed records that are not acknowledged."""
        ...

    @property
    def since_us(self) -> int | None:
        """When the oldest of them was written."""
        ...

    @property
    def problem(self) -> str | None:
        """Why not."""
        ...

    @property
    def forked(self) -> bool:
        """Whether the collector holds another past of the log."""
        ...


class Kept(Protocol):
    """Answers that are given again."""

    @property
    def bytes(self) -> int:
        """Of memory, about, that they take."""
        ...

    @property
    def entries(self) -> int:
        """How many there are."""
        ...

    @property
    def evicted(self) -> int:
        """How many went before their time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is read at scrape time rather than counted."""

    in_flight: int
    unrecorded: int
    """Audit records that should exist and do not; must stay 0."""
    audit_writable: bool
    audit_space: Room | None = None
    audit_archive: Waiting | None = None
    audit_collector: Shipping | None = None
    now_us: int = 0
    detectors_alive: bool
    policy_digest: str
    policy_serial: int
    """Of the signed bundle in force; 0 without one."""
    policy_refused: bool
    """Whether what lies in the policy folder now is not in force."""
    config_digest: str = ""
    """Of gateway.yaml."""
    secrets_generation: int = 1
    """How many sets of keys were in force since the start."""
    secrets_digest: str = ""
    """Of that in force; keyed."""
    secrets_refused: bool = False
    """Whether what lies there now is not in force."""
    audit_signed_ago_s: float | None = None
    """Since the last checkpoint of the log; None: there is none yet."""
    detection_waiting: int = 0
    """Texts that no detector has taken yet."""
    processes: Callable[[], Mapping[Place, int]] = dict
    """Which processes there are; asks the kernel, so in a thread."""
    shadow_digest: str | None
    """Of the candidate that is judged beside them."""
    deployments: Mapping[str, Known]
    """Of those asked at least once."""
    wires: Wires = NO_WIRES
    """The way to them."""
    now_s: float
    """By which measured times have aged, in seconds that never go back."""
    accounts: Spent | None = None
    """Where budgets or rates are kept."""
    standing: Alone | None = None
    """The same."""
    answers: Kept | None = None
    """Where answers are kept."""
    telemetry: Mapping[str, int] | None = None
    """Exchanges by what became of telling of them."""
