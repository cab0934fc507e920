"""What an attempt that gave no usable answer means: whose fault it is, and what to try next."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from guardrail_gw.core.fallback import Cause
from guardrail_gw.core.ports import UpstreamCrowded, UpstreamStale
from guardrail_gw.dialects.continuation.seam import Misaligned
from guardrail_gw.dialects.translation.heard import Uncarried
from guardrail_gw.errors import (
    UpstreamBroken,
    UpstreamFailed,
    UpstreamFault,
    UpstreamFiltered,
    UpstreamOverloaded,
    UpstreamRateLimited,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamTooLong,
)
from guardrail_gw.routing.backoff import asked_s
from guardrail_gw.routing.resets import reset_s

MAX_ERROR_BYTES: Final = 64 << 10

_REFUSED: Final = frozenset({400, 404, 413, 422})
_KEY: Final = frozenset({401, 403})
_QUOTA: Final = frozenset({429, 529})
_AGAIN: Final = frozenset({408, 409, 425, 429})
_LIMITED: Final = frozenset({"http_429"})
_BUSY: Final = frozenset({"http_429", "http_503", "http_529"})
_QUOTA_WORDS: Final = frozenset(
    {"rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED", "throttlingException"}
)
_OVERLOADED_WORDS: Final = frozenset(
    {"overloaded_error", "overloaded", "UNAVAILABLE", "serviceUnavailableException"}
)
_FILTERED_WORDS: Final = frozenset({"content_filter", "content_policy_violation"})
_LONG_WORDS: Final = frozenset(
    {"context_length_exceeded", "string_above_max_length", "request_too_large"}
)
_LONG: Final = re.compile(
    r"(?:prompt|input) is too long|maximum context length|context window"
    r"|exceeds the maximum number of tokens|input token count"
    r"|tokens in the prompt cannot exceed",
    re.IGNORECASE,
)
"""What providers write that have no code for it: Anthropic, Bedrock, Cohere, Gemini, vLLM, as read
in 2026. Nothing is taken of the text but whether this stands in it."""
_TOO_LARGE: Final = 413
_CODE = re.compile(r"[a-z0-9_]{1,64}")


class Blame(Enum):
    """What the circuit breaker is told."""

    NONE = auto()
    """The deployment works; the request is at fault."""
    FAILURE = auto()
    QUOTA = auto()
    """It asked for a pause."""
    KEY = auto()
    """It does not take our key."""
    OURS = auto()
    """We stopped asking; this says nothing about the deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An attempt without a usable answer."""

    result: str
    """As in `core.exchange.Attempt.result`."""
    blame: Blame
    again: bool
    """Whether the same deployment may be asked once more."""
    asked_s: float | None = None
    """The pause it asked for, in seconds."""
    cause: Cause | None = None
    """Why another model may be asked, where it refused the request; None: its result says why."""
    at_once: bool = False
    """Whether it is asked once more before anybody else, as if this had not been an attempt."""


CONNECT: Final = Miss(result="connect", blame=Blame.FAILURE, again=True)
CROWDED: Final = Miss(result="connect", blame=Blame.OURS, again=True)
"""All connections that we may have there are in use; that is no failure of theirs."""
STALE: Final = Miss(result="stale", blame=Blame.OURS, again=True, at_once=True)
"""Nothing came over a connection that had rested: its peer had closed it, or just did."""
TIMEOUT: Final = Miss(result="timeout", blame=Blame.FAILURE, again=True)
MALFORMED: Final = Miss(result="malformed", blame=Blame.FAILURE, again=True)
TRUNCATED: Final = Miss(result="truncated", blame=Blame.FAILURE, again=True)
MISALIGNED: Final = Miss(result="misaligned", blame=Blame.NONE, again=True)
"""It does not go on with the answer that broke off; that is no failure of whoever answered."""

UNCARRIED: Final = Miss(result="uncarried", blame=Blame.NONE, again=False)
"""Its answer has a part that the client's dialect has no words for; another may do without."""


_FAULTS: Final[tuple[tuple[type[UpstreamFault], Miss], ...]] = (
    (UpstreamTimeout, TIMEOUT),
    (UpstreamStale, STALE),
    (UpstreamCrowded, CROWDED),
    (UpstreamFailed, CONNECT),
    (Misaligned, MISALIGNED),
    (Uncarried, UNCARRIED),
)


def missed(fault: UpstreamFault) -> Miss:
    """Judge an attempt that ended in a fault before its answer was certain."""
    return next((miss for kind, miss in _FAULTS if isinstance(fault, kind)), MALFORMED)


def refused_to_go_on(status: int, cause: Cause | None = None) -> Miss:
    """Somebody refused the request, or the one for the rest of an answer; others may take it."""
    return Miss(result=f"http_{status}", blame=Blame.NONE, again=False, cause=cause)


def is_refused(status: int) -> bool:
    """Whether the provider refused the request itself, so that nobody else would take it."""
    return status in _REFUSED


def miss(status: int, headers: Mapping[str, str], now_us: int) -> Miss:
    """Judge the head of an answer that is neither 200 nor a refusal of the request.

    Args:
        status: redirects too: none is followed.
        headers: by lower-case name.
        now_us: microseconds since the epoch.
    """
    pause = asked_s(headers, now_us)
    if pause is None and status in _QUOTA:
        pause = reset_s(headers, now_us)
    said = headers.get("x-should-retry", "").strip().lower()
    again = status in _AGAIN or status >= 500 or said == "true"  # noqa: PLR2004 - HTTP
    blame = _blame(status)
    if said == "false" or blame is Blame.KEY:
        again = False
    return Miss(result=f"http_{status}", blame=blame, again=again, asked_s=pause)


def refusal(deployment: str, status: int, body: bytes) -> UpstreamRefused:
    """The provider's refusal in our words: its own text may quote the prompt, so none of it passes.

    Args:
        deployment: its name in the configuration.
        status: what the client is given too.
        body: the provider's error; only a code and a type that are plain words are kept, as facts.
    """
    words = _words(body)
    kind = UpstreamRefused
    if not _FILTERED_WORDS.isdisjoint(words.values()):
        kind = UpstreamFiltered
    elif status == _TOO_LARGE or not _LONG_WORDS.isdisjoint(words.values()) or _is_long(body):
        kind = UpstreamTooLong
    error = kind(
        f"the provider behind {deployment} refused the request with HTTP {status}",
        facts={"deployment": deployment, "provider_status": status, **words},
    )
    error.status = status
    return error


def broken_off(deployment: str, data: Mapping[str, Any] | None) -> UpstreamFault:
    """An error in mid-answer: what it means stays, and nothing of what it says passes.

    Args:
        deployment: its name in the configuration.
        data: the event; a type, a code or a status that is a known word says what it means.
    """
    error = (data or {}).get("error")
    named = ("type", "code", "status")
    said = {str(error.get(name)) for name in named} if isinstance(error, dict) else set()
    text = f"{deployment} reported an error in mid-answer"
    fault: UpstreamFault = UpstreamBroken(text)
    if said & _OVERLOADED_WORDS:
        fault = UpstreamOverloaded(text)
    elif said & _QUOTA_WORDS:
        fault = UpstreamRateLimited(text)
    elif said & _FILTERED_WORDS:
        fault = UpstreamFiltered(text)
    fault.outcome = UpstreamBroken.outcome
    return fault


def nobody_could(results: Sequence[str], detail: str) -> UpstreamFailed:
    """What the results of all attempts of an exchange come to.

    Args:
        results: as in `core.exchange.Attempt.result`.
        detail: for the client; why is added, since some clients show a person these words only.
    """
    if results and _LIMITED.issuperset(results):
        return UpstreamRateLimited(f"{detail}: the provider is asked too often")
    if results and _BUSY.issuperset(results):
        return UpstreamOverloaded(f"{detail}: the provider has too much to do")
    return UpstreamFailed(detail)


def _blame(status: int) -> Blame:
    if status in _QUOTA:
        return Blame.QUOTA
    return Blame.KEY if status in _KEY else Blame.FAILURE


def cause_of(refused: UpstreamRefused) -> Cause | None:
    """Why another model may be asked for what a provider refused; None: no other would take it."""
    if isinstance(refused, UpstreamFiltered):
        return Cause.CONTENT_POLICY
    return Cause.UNFIT if isinstance(refused, UpstreamTooLong) else None


def _is_long(body: bytes) -> bool:
    return _LONG.search(body[:MAX_ERROR_BYTES].decode(errors="replace")) is not None


def _words(body: bytes) -> dict[str, str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return {}
    named = {f"provider_{name}": error.get(name) for name in ("code", "type")}
    return {k: v for k, v in named.items() if isinstance(v, str) and _CODE.fullmatch(v)}
