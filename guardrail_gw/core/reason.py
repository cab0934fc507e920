"""Why a deployment is not asked, or only after others: a closed list, stable in records."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """One of them; a deployment has the first that holds."""

    CONTRACT_LAPSED = "residency.contract_lapsed"
    INFERENCE_OUTSIDE = "residency.inference_outside"
    STORAGE_OUTSIDE = "residency.storage_outside"
    UNKNOWN = "residency.unknown"
    UNLAWFUL = "residency.unlawful"
    """Lawful when the request was placed, and no longer."""
    TOOLS = "routing.tools"
    IMAGE = "routing.image"
    AUDIO = "routing.audio"
    STRUCTURED_OUTPUT = "routing.structured_output"
    STREAMING = "routing.streaming"
    CONTEXT = "routing.context"
    """The request is longer than what the model reads."""
    OUTPUT = "routing.output"
    """A longer answer is asked for than the model writes."""
    HEADROOM = "routing.headroom"
    """The provider's own limits have no room for it now, by its headers."""
    OUTLIER = "routing.outlier"
    """It fails much more often than others."""
    SLOW_START = "routing.slow_start"
    """It has just recovered, and gets less than its share for now."""
    BREAKER_OPEN = "routing.breaker_open"
    DIALECT = "routing.dialect"
    UNTRANSLATABLE = "routing.untranslatable"
    FIXED_MEMBER = "routing.fixed_member"
    PARAMETER = "routing.parameter"
    OPERATION = "routing.operation"
    NO_SEAM = "routing.no_seam"
    """An answer that broke off repeats itself, so that nobody can tell where it goes on."""
    BUDGET = "routing.budget"
    RATE = "routing.rate"
    UNPRICED = "routing.unpriced"


UNFIT: Final = frozenset(
    {
        Reason.TOOLS,
        Reason.IMAGE,
        Reason.AUDIO,
        Reason.STRUCTURED_OUTPUT,
        Reason.STREAMING,
        Reason.CONTEXT,
        Reason.OUTPUT,
    }
)
"""The model cannot do what is asked, today or tomorrow."""
