"""What canaries say of the detectors."""

from dataclasses import replace

from guardrail_gw.core.text import Entity
from guardrail_gw.doctor.canaries import Canary
from guardrail_gw.doctor.detects import Seen, judge

NAME = Canary(entity=Entity("PERSON"), language="de", text="Ich bin Anna.", value="Anna")
IBAN = Canary(entity=Entity("IBAN_CODE"), text="DE89", value="DE89")
GOOD = [
    Seen(canary=NAME, is_found=True, is_gone=True),
    Seen(canary=IBAN, is_found=True, is_gone=True),
]


def verdicts(seen: list[Seen], relied_on: tuple[str, ...] = ()) -> list[str]:
    """Languages, kinds."""
    found = judge(seen, frozenset(map(Entity, relied_on)), [Entity("URL")])
    return [check.verdict.value for check in found]


def test_all_that_is_replaced_is_fine() -> None:
    """And what has no example is only told."""
    assert verdicts(GOOD) == ["ok", "ok"]


def test_a_value_that_stays_fails() -> None:
    """Of a language, of a kind; found or not."""
    name, iban = GOOD

    assert verdicts([replace(name, is_gone=False), iban]) == ["fail", "ok"]
    assert verdicts([replace(name, is_found=False), iban]) == ["fail", "ok"]
    assert verdicts([name, replace(iban, is_gone=False)]) == ["ok", "fail"]


def test_what_the_policy_lets_pass_is_no_failure() -> None:
    """It says so itself."""
    name, iban = GOOD

    assert verdicts([name, replace(iban, is_gone=False, is_let=True)]) == ["ok", "ok"]


def test_what_is_required_and_cannot_be_shown_is_a_warning() -> None:
    """Nothing is not fine."""
    assert verdicts(GOOD, ("URL",)) == ["ok", "warn"]
    assert verdicts([]) == ["not tested", "not tested"]
