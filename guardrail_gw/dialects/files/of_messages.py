"""What surfaces of Anthropic's have in common beside their paths: headers, and errors."""

from collections.abc import Mapping
from typing import ClassVar

from guardrail_gw.core.exchange import Head
from guardrail_gw.dialects.anthropic_messages import encode, head as heads
from guardrail_gw.dialects.files.surface import KeptSurface
from guardrail_gw.errors import Refusal


class OfMessages(KeptSurface):
    """Version and betas go on, as for Messages."""

    __slots__ = ()

    id_headers: ClassVar[tuple[str, ...]] = ("request-id",)

    def stored_head(self, method: str, target: str, headers: Mapping[str, str]) -> Head:
        """Read operation, version and betas; raises Refusal."""
        head = self.operations.read(method, target)
        passed, left_out = heads.passed(headers)
        beta = heads.beta(target)
        joint = "&" if beta and "?" in head.path else "?" if beta else ""
        return Head(
            path=f"{head.path}{joint}{beta}",
            headers=passed,
            left_out=left_out,
            method=method,
            most=head.most,
        )

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal; too much to do is 529 here."""
        return encode.status(refusal)

    def error_body(self, refusal: Refusal, request_id: str = "") -> bytes:
        """The refusal as a whole answer."""
        return encode.error_body(refusal, request_id)

    def error_event(self, refusal: Refusal, request_id: str = "") -> bytes:
        """The refusal as an event; no answer here has any."""
        return encode.error_event(refusal, request_id)
