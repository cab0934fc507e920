"""Conditions in explanations: whether they hold, and what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.condition import Judgement
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Explanation, Facts, Outcome, Seen
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

BASE = "pii: {default: {action: token, allow_values: [Anna]}}\nattachments: allow"
NIGHT = """\
when: 'model == "large" && time.hour >= 18'
zone: Europe/Berlin
residency: {allow_jurisdictions: [EU], when: always}
"""
MANY = "when: 'found.PERSON >= 3'\nattachments: block\npii: {entities: {URL: {action: block}}}"
SEVEN_PM_US = 1_764_180_000_000_000  # 19:00 in Berlin


def told(folder: Path, base: str = BASE, **facts: Any) -> Explanation:
    """Explain a request to one policy that always counts, and two that may."""
    write_policies(
        folder,
        base=policy_text("base", base),
        night=policy_text("night", NIGHT),
        many=policy_text("many", MANY, "team: [crm]"),
    )
    given = Facts(**({"tenant": "acme", "team": "crm", "surface": "openai_chat"} | facts))
    return explain(load_set(folder, vocabulary()), given)


@pytest.mark.parametrize(
    ("facts", "judged", "because"),
    [
        (
            {"model": "large", "at_us": SEVEN_PM_US},
            Judgement.HOLDS,
            (
                "every line of match holds, and so does `when`: "
                'model == "large" && time.hour >= 18 in Europe/Berlin'
            ),
        ),
        (
            {"model": "small", "at_us": SEVEN_PM_US},
            Judgement.FAILS,
            '`when` does not hold: model == "large" && time.hour >= 18 in Europe/Berlin',
        ),
        (
            {"model": "large"},
            Judgement.UNSURE,
            (
                "`when` counts as if it held, for not known: time.hour: "
                'model == "large" && time.hour >= 18 in Europe/Berlin'
            ),
        ),
        ({"model": "small"}, Judgement.FAILS, None),
    ],
)
def test_each_condition_is_told(
    tmp_path: Path, facts: dict[str, Any], judged: Judgement, because: str | None
) -> None:
    """Holds, fails or could not be judged: in words, with the condition."""
    (document,) = [d for d in told(tmp_path, **facts).documents if d.document == "night"]

    assert document.condition is judged
    assert document.matches is (judged is not Judgement.FAILS)
    assert because is None or document.because == because


def test_what_counts_only_if_it_holds_decides_only_then(tmp_path: Path) -> None:
    """Three names bring the policy in; one, three allowed ones, and another team do not."""
    link = Seen(entity=Entity("URL"), score=1.0)

    def ask(person: Seen, team: str = "crm") -> tuple[Outcome, str]:
        found = told(tmp_path, found=(person, link), team=team, model="x")
        assert found.attachments is not None
        return found.outcome, found.attachments.rule

    three = Seen(entity=Entity("PERSON"), score=1.0, count=3)
    one = Seen(entity=Entity("PERSON"), score=1.0)
    allowed = Seen(entity=Entity("PERSON"), score=1.0, count=3, value="anna")

    assert ask(three) == (Outcome.BLOCK, "many/attachments")
    assert ask(one) == (Outcome.ALLOW, "base/attachments")
    assert ask(allowed) == (Outcome.ALLOW, "base/attachments")
    assert ask(three, "sales") == (Outcome.ALLOW, "base/attachments")


def test_a_policy_that_says_nothing_of_a_line_is_not_named_for_it(tmp_path: Path) -> None:
    """Neither as deciding nor as outvoted stands a line that nobody wrote."""
    found = told(
        tmp_path,
        base=BASE.replace("attachments: allow", "store: as_sent\nprovider_features: [storage]"),
        model="large",
        at_us=SEVEN_PM_US,
        found=(Seen(entity=Entity("PERSON"), score=1.0),),
    )

    said = [found.source_code, found.attachments, found.store, found.audit, *found.entities]
    assert {each.rule.partition("/")[0] for each in said if each is not None} == {"base"}
    assert [each.others for each in said if each is not None] == [()] * len(said)


def test_nobody_is_served_by_a_condition_alone(tmp_path: Path) -> None:
    """Where only policies with `when` match, the request is refused, and they say why."""
    write_policies(tmp_path, odd=policy_text("odd", "when: 'true'"))
    facts = Facts(tenant="acme", team="crm", surface="openai_chat")

    found = explain(load_set(tmp_path, vocabulary()), facts)

    assert found.outcome is Outcome.UNMATCHED
    assert found.documents[0].because == (
        "it has a `when`, so it only adds to policies without one, and none matches"
    )
