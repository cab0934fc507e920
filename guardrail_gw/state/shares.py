"""How much of a store one key, and one tenant, may have."""

from dataclasses import dataclass

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Share
from guardrail_gw.errors import StateFull
from guardrail_gw.state.seal import StateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What each may have at once, in bytes as they lie in the store."""

    key_bytes: int
    tenant_bytes: int

    def shares(self, key: StateKey, principal: Principal) -> tuple[Share, ...]:
        """The shares in which whatever is remembered for somebody counts."""
        return (
            Share(name=key.share(principal), of="key", max_bytes=self.key_bytes),
            Share(name=key.tenant(principal), of="tenant", max_bytes=self.tenant_bytes),
        )


def used_up(share: Share) -> StateFull:
    """That there is no more room for somebody."""
    return StateFull(
        f"this {share.of} has {share.max_bytes} bytes remembered, which is all that it may; delete "
        "stored responses or conversations, or send the earlier items without `store`",
        facts={"bound": share.of, "max_bytes": share.max_bytes},
    )
