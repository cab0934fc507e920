"""Why nothing can be made durable now, and what those who wait are told."""

from guardrail_gw.audit.segments import PoisonedError
from guardrail_gw.audit.space import is_full
from guardrail_gw.errors import AuditDown, AuditFull, AuditReplaced, GuardrailError


class LedgerDownError(GuardrailError):
    """Nothing can be made durable now. The text names a cause, never what a person wrote."""

    refusal: type[AuditDown] = AuditDown
    """What whoever waits is told."""


class LedgerFullError(LedgerDownError):
    """There is no room on the disk."""

    refusal = AuditFull


class LedgerReplacedError(LedgerDownError):
    """A file is no longer the one that was written."""

    refusal = AuditReplaced


def down(error: Exception) -> LedgerDownError:
    """What a failed call means."""
    if isinstance(error, PoisonedError):
        return LedgerReplacedError(str(error))
    if is_full(error):
        return LedgerFullError(_cause(error))
    if isinstance(error, BlockingIOError):
        return LedgerDownError("another process writes this audit log")
    return LedgerDownError(_cause(error))


def _cause(error: Exception) -> str:
    """The operating system's words; a path would be no secret, but says nothing to a caller."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
