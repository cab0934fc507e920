"""At which of a provider's tiers a request is answered, as it asks and as the answer says.

Source: OpenAI API reference, `service_tier`; Anthropic API reference, `usage.service_tier` and
"Fast mode"; Gemini API reference, `UsageMetadata.serviceTier` and `trafficType`; Amazon Bedrock API
reference, `ServiceTier`; as read in 2026.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.amounts import Tier

_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai_chat": ("service_tier",),
    "openai_responses": ("service_tier",),
    "anthropic_messages": ("service_tier",),
    "gemini_generate": ("serviceTier", "service_tier"),
    "bedrock_converse": ("serviceTier",),
}
_UNSAID: Final = frozenset({"", "auto", "unspecified", "traffic_type_unspecified"})
_USUAL: Final = frozenset({"default", "standard", "standard_only", "on_demand"})
_PREFIXES: Final = ("service_tier_", "on_demand_")
_NAMED: Final = frozenset(Tier) - {Tier.OTHER}


def tier_of(said: Any) -> Tier | None:  # noqa: ANN401 - JSON
    """The tier that a word stands for; None where it says nothing."""
    if isinstance(said, Mapping):  # Bedrock
        said = said.get("type")
    if said is None:
        return None
    if type(said) is not str:
        return Tier.OTHER
    word = said.lower()
    if word in _USUAL:
        return Tier.STANDARD
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    if word in _UNSAID:
        return None
    return Tier(word) if word in _NAMED else Tier.OTHER


def asked_tier(dialect: str, members: Mapping[str, Any]) -> Tier | None:
    """The tier that a request asks for; None where it leaves that to the provider.

    Args:
        dialect: the client's.
        members: the body's top-level members.
    """
    if dialect == "anthropic_messages" and members.get("speed") == Tier.FAST:
        return Tier.FAST
    names = _MEMBERS.get(dialect, ())
    return next((tier for name in names if (tier := tier_of(members.get(name)))), None)


def counted_tier(counts: Any) -> Tier | None:  # noqa: ANN401 - JSON
    """The tier that is told beside the counts of an answer."""
    if not isinstance(counts, Mapping):
        return None
    if counts.get("speed") == Tier.FAST:
        return Tier.FAST
    names = ("service_tier", "serviceTier", "trafficType")
    return next((tier for name in names if (tier := tier_of(counts.get(name)))), None)
