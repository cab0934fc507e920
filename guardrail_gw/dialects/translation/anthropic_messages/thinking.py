"""How a Messages request says that the model is to think.

Source: Anthropic API reference, "Extended thinking", "Adaptive thinking" and "Effort", as read in
2026.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from guardrail_gw.dialects.translation.hub import Want, Wish
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable, text, typed
from guardrail_gw.dialects.translation.thinking import word

_USUAL: Final = "high"
"""The effort of a model that thinks as long as it needs, where none is said."""
_EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")
_BUDGET: Final = "thinking.budget_tokens"
_EFFORT: Final = "output_config.effort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """What `thinking` and `output_config.effort` ask for."""

    kind: str
    """`enabled`, `adaptive`, ...; empty where nothing is said."""
    effort: str
    budget: int | None
    is_shown: bool
    """Thoughts are told in the answer: not unless they are asked for."""

    @classmethod
    def read(cls, thinking: Any, config: Mapping[str, Any]) -> Self:  # noqa: ANN401 - JSON
        """Read both members.

        Raises:
            Untranslatable: one has a value that the dialect does not know.
        """
        effort = text(config, "effort", _EFFORT) or ""
        if effort and effort not in _EFFORTS:
            raise Untranslatable(_EFFORT)
        said = {} if thinking is None else typed(thinking, dict, "thinking")
        kind = text(said, "type", "thinking.type") or ""
        tokens = typed(said.get("budget_tokens"), int, _BUDGET) if kind == "enabled" else None
        shown = kind not in ("", "disabled") and said.get("display") != "omitted"
        return cls(kind=kind, effort=effort, budget=tokens, is_shown=shown)

    def wishes(self, losses: Losses) -> dict[Want, Wish]:
        """The wishes that it comes to; not to think is what some models cannot, and is noted."""
        if self.kind not in ("", "enabled", "adaptive"):
            losses.note("thinking")
            return dict(self._effort()) if self.kind != "disabled" else {}
        return dict(self._effort()) | dict(self._thoughts())

    def _effort(self) -> Iterator[tuple[Want, Wish]]:
        said = [*(["thinking"] if self.kind else ()), *([_EFFORT] if self.effort else ())]
        if self.effort or self.kind in ("enabled", "adaptive"):
            value = self.effort or (_USUAL if self.budget is None else word(self.budget))
            also = said[1] if len(said) > 1 else ""
            yield Want.EFFORT, Wish(member=said[0], also=also, value=value, is_for_takers=True)

    def _thoughts(self) -> Iterator[tuple[Want, Wish]]:
        if self.is_shown:
            yield Want.THOUGHTS, Wish(member="thinking", value=True, is_for_takers=True)
