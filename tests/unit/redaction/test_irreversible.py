import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity, SegmentKind
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.irreversible import Irreversible, is_ready
from tests.support.chat import KEY, PRINCIPAL

IBAN = Entity("IBAN_CODE")


def replaced(action: Action, value: str, kind: SegmentKind = SegmentKind.PROSE) -> str:
    """Replace an IBAN."""
    return Irreversible(key=KEY, principal=PRINCIPAL)(action, IBAN, value, kind)


def test_what_each_action_leaves() -> None:
    """Stars of the same length, a word that is safe anywhere, 64 hexadecimal digits."""
    assert replaced(Action.MASK, "DE89 37") == "*******"
    assert replaced(Action.REDACT, "DE89 37") == "IBAN_CODE_REDACTED"
    assert len(bytes.fromhex(replaced(Action.HASH, "DE89 37"))) == 32
    assert is_ready()


def test_a_hash_is_stable_and_nobody_elses() -> None:
    """The salt is secret and each tenant's own."""
    other = Principal(tenant="other", team="", user="", key_id="k1")

    mine = replaced(Action.HASH, "DE89")

    assert replaced(Action.HASH, "DE89") == mine
    assert (
        Irreversible(key=KEY, principal=other)(Action.HASH, IBAN, "DE89", SegmentKind.PROSE) != mine
    )


@pytest.mark.parametrize("action", [Action.MASK, Action.REDACT, Action.HASH])
def test_keys_stay_distinct(action: Action) -> None:
    """Two members of an object do not become one."""
    assert replaced(action, "DE11", SegmentKind.KEY) != replaced(action, "DE22", SegmentKind.KEY)
