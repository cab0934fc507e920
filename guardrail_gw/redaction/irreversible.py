"""Replacements that never come back: mask, hash, redact, with presidio-anonymizer's operators."""

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity, SegmentKind
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.placeholder import TokenKey, word

IRREVERSIBLE: Final = frozenset({Action.HASH, Action.MASK, Action.REDACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Irreversible:
    """Replaces values of one caller's exchange."""

    key: TokenKey
    principal: Principal

    def __call__(self, action: Action, entity: Entity, value: str, kind: SegmentKind) -> str:
        """Return what stands in the place of `value` for good."""
        if action is Action.HASH:
            return self._hashed(value)
        text = _masked(value) if action is Action.MASK else _named(entity)
        # Object keys must stay distinct, or two members would become one.
        return f"{text}_{self._hashed(value)[:8]}" if kind is SegmentKind.KEY else text

    def _hashed(self, value: str) -> str:
        """SHA-256 with a secret salt: few possible values cannot be tried out."""
        salt = self.key.mac("hash", self.principal.tenant, self.principal.key_id)
        return str(
            _operators().Hash().operate(text=value, params={"hash_type": "sha256", "salt": salt})
        )


def is_ready() -> bool:
    """Whether the operators are loaded; loading them reads files, so never on the event loop."""
    return _operators.cache_info().currsize > 0


@cache
def _operators() -> ModuleType:
    """Known to be there only when all of it is: a module half loaded makes who imports it wait."""
    from presidio_anonymizer import operators  # noqa: PLC0415 - costly, rarely needed

    return operators


def _masked(value: str) -> str:
    params = {"masking_char": "*", "chars_to_mask": len(value), "from_end": False}
    return str(_operators().Mask().operate(text=value, params=params))


def _named(entity: Entity) -> str:
    # Presidio's own `<ENTITY>` would be read as markup.
    return str(
        _operators().Replace().operate(text="", params={"new_value": f"{word(entity)}_REDACTED"})
    )
