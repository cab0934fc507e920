"""What is told of an exchange: names of the configuration, numbers, and words of closed lists.

Names of attributes are those of the OpenTelemetry semantic conventions for generative AI where
they have one, and `guardrail_gw.*` elsewhere. Content, ids of people and words of providers have no
name here, and what has no name here is not sent.
Source: opentelemetry.io, "Semantic conventions for generative client AI spans" and "Generative AI
metrics" (status: development).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Arrival, Attempt, Journal

Value = str | int | float | tuple[str, ...]
Attributes = dict[str, Value]
ATTRIBUTES: Final = frozenset(
    (
        *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"),
        *("gen_ai.response.finish_reasons", "gen_ai.token.type"),
        *("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
        *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_creation.input_tokens"),
        *("server.address", "server.port", "error.type", "http.response.status_code"),
        *("guardrail_gw.surface", "guardrail_gw.ending", "guardrail_gw.request.id"),
        *("guardrail_gw.deployment", "guardrail_gw.attempt.result", "guardrail_gw.attempt.number"),
        *("guardrail_gw.policy.digest", "guardrail_gw.redaction.findings"),
        *("guardrail_gw.cost_usd", "guardrail_gw.fallback"),
    )
)
"""Nothing else leaves."""
FINISHES: Final = frozenset(
    (
        *("stop", "length", "tool_calls", "content_filter", "function_call"),
        *("end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"),
        *("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "completed", "incomplete", "failed"),
        *("COMPLETE", "TOOL_CALL", "ERROR"),
    )
)
"""Of what providers say of an answer's end; another word is `other`."""
_OPERATIONS: Final[Mapping[str, str]] = {
    "openai_completions": "text_completion",
    "openai_embeddings": "embeddings",
    "gemini_generate": "generate_content",
}
"""Surfaces that are no chat, in the conventions' words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What of the configuration may be named."""

    models: frozenset[str]
    """Virtual ones."""
    deployments: Mapping[str, Deployment] = field(repr=False)

    def place(self, deployment: str) -> Attributes:
        """Host and port of a deployment."""
        there = self.deployments.get(deployment)
        if there is None:
            return {}
        parts = urlsplit(there.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return {"server.address": parts.hostname or "", "server.port": port}


def operation(surface: str) -> str:
    """What was asked for, in the conventions' words."""
    return _OPERATIONS.get(surface, "chat")


def of_exchange(arrival: Arrival, journal: Journal, known: Known) -> Attributes:
    """What is told of a whole exchange."""
    told: dict[str, Value | None] = {
        "gen_ai.operation.name": operation(arrival.surface),
        "gen_ai.request.model": _named(journal.passage.asked, known),
        "guardrail_gw.surface": arrival.surface,
        "guardrail_gw.ending": str(journal.ending),
        "guardrail_gw.request.id": arrival.id,
        "guardrail_gw.deployment": journal.deployment,
        "guardrail_gw.fallback": _named(journal.fallback, known),
        "guardrail_gw.policy.digest": journal.passage.policy or None,
        "guardrail_gw.redaction.findings": journal.passage.found,
        "http.response.status_code": journal.status,
        "error.type": journal.code,
    }
    return listed({**told, **(_used(journal) if journal.deployment else {})})


def of_attempt(attempt: Attempt, number: int, surface: str, known: Known) -> Attributes:
    """What is told of one try at one deployment."""
    return listed(
        {
            "gen_ai.operation.name": operation(surface),
            "gen_ai.provider.name": attempt.provider,
            "gen_ai.request.model": attempt.model,
            "guardrail_gw.deployment": attempt.deployment,
            "guardrail_gw.attempt.number": number,
            "guardrail_gw.attempt.result": attempt.result,
            "error.type": None if attempt.result == "ok" else attempt.result,
            **known.place(attempt.deployment),
        }
    )


def of_answer(journal: Journal) -> Attributes:
    """What the attempt whose answer was used is told besides."""
    said = journal.finish
    ends = None if said is None else (said if said in FINISHES else "other",)
    return listed({**_used(journal), "gen_ai.response.finish_reasons": ends})


def listed(told: Mapping[str, Value | None]) -> Attributes:
    """Those that may be told, and are known."""
    return {name: v for name, v in told.items() if v is not None and name in ATTRIBUTES}


def _named(model: str | None, known: Known) -> str | None:
    """A virtual model that is configured; another name is somebody's text."""
    return model if model in known.models else None


def _used(journal: Journal) -> dict[str, Value | None]:
    usage = journal.usage
    cost = None if journal.cost_usd is None else float(journal.cost_usd)
    if usage is None:
        return {"guardrail_gw.cost_usd": cost}
    return {
        "guardrail_gw.cost_usd": cost,
        "gen_ai.usage.input_tokens": usage.input
        + usage.cached_input
        + usage.cache_write
        + usage.cache_write_long,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_input,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write + usage.cache_write_long,
    }
