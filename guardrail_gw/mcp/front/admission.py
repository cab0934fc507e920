"""Who may ask: virtual keys as everywhere, or access tokens of an OAuth issuer if there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from multidict import CIMultiDict, CIMultiDictProxy

from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import Refusal
from guardrail_gw.server.access import Access

Headers = CIMultiDict[str] | CIMultiDictProxy[str]


class Admission(Protocol):
    """Decides who a request is from."""

    async def principal(self, headers: Headers, server: str) -> Principal:
        """Name the sender.

        Args:
            headers: the request's; a key or token in its query does not count.
            server: whom it is for; empty for the endpoint of all.

        Raises:
            Unauthenticated: nobody, or somebody nobody knows.
        """
        ...

    def challenge(self, why: Refusal, server: str) -> Mapping[str, str]:
        """Headers that tell somebody who was turned away how to come back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysOnly:
    """Those who have a virtual key."""

    access: Access

    async def principal(self, headers: Headers, server: str) -> Principal:  # noqa: ARG002 - the seam's
        """Name the sender by its key."""
        return self.access.principal(headers)

    def challenge(self, why: Refusal, server: str) -> Mapping[str, str]:  # noqa: ARG002 - the seam's
        """A key is asked of an operator."""
        return {"WWW-Authenticate": "Bearer"} if why.status == 401 else {}  # noqa: PLR2004 - HTTP's


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Every program that reaches the socket is the same one; pages were judged before."""

    only: Principal

    async def principal(self, headers: Headers, server: str) -> Principal:  # noqa: ARG002 - the seam's
        """Name the one tenant."""
        return self.only

    def challenge(self, why: Refusal, server: str) -> Mapping[str, str]:  # noqa: ARG002 - the seam's
        """Nothing is asked of anybody."""
        return {}
