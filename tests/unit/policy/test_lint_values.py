"""The linter on `allow_values`: entries that never let anything pass."""

from pathlib import Path

import pytest

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.lint import lint
from guardrail_gw.policy.remark import Level
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies


def spec(values: str, action: str = "token") -> str:
    """A policy that lets e-mail addresses pass."""
    line = f"{{action: {action}, allow_values: {values}}}"
    return f"pii: {{default: {{action: token}}, entities: {{EMAIL_ADDRESS: {line}}}}}"


def finds(value: str, entity: Entity | None) -> bool:
    """A detector of addresses."""
    return entity in {None, "EMAIL_ADDRESS"} and value.count("@") == 1 and " " not in value.strip()


def messages(folder: Path, **texts: str) -> list[str]:
    """What is said about these files, all of it warnings about `allow_values`."""
    remarks = lint(load_set(write_policies(folder, **texts), vocabulary()), finds=finds)
    assert {r.level for r in remarks} <= {Level.WARNING}
    assert all(r.rule.endswith(".allow_values") for r in remarks)
    return [r.message for r in remarks]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("[a@x.example]", None),
        ("['  ']", "entry 1 is empty"),
        (
            "[a@x.example, ' A@X.example']",
            "entry 2 says the same as entry 1: case and white space do not count",
        ),
        (
            "[Acme <a@x.example>]",
            "entry 1 is found as a whole by nothing that detects EMAIL_ADDRESS",
        ),
    ],
)
def test_an_entry_that_lets_nothing_pass_is_a_warning(
    tmp_path: Path, values: str, message: str | None
) -> None:
    """Empty, said twice, or what no detector finds: told by its number, not by its words."""
    found = messages(tmp_path, base=policy_text("base", spec(values)))

    assert found == ([message] if message else [])


def test_values_beside_ignore_do_nothing(tmp_path: Path) -> None:
    """Where everything of a kind passes, a list of what passes is a misunderstanding."""
    found = messages(tmp_path, base=policy_text("base", spec("[a@x.example]", "ignore")))

    assert found == ["the line lets everything pass already: `ignore`"]


def test_a_value_that_another_policy_never_lists_never_passes(tmp_path: Path) -> None:
    """All policies for a caller must list it; one that always applies too does not."""
    one, other = spec("[a@x.example, b@x.example]"), spec("[b@x.example]")

    found = messages(tmp_path, one=policy_text("one", one), two=policy_text("two", other))

    assert found == [
        "entry 1 never passes: another policy that always applies too does not list it"
    ]


def test_a_value_that_passes_for_somebody_is_fine(tmp_path: Path) -> None:
    """A policy of one team that does not list it leaves it to all others."""
    other = policy_text("two", spec("[]"), "team: [crm]")

    assert messages(tmp_path, one=policy_text("one", spec("[a@x.example]")), two=other) == []


def test_the_default_s_values_may_be_of_any_kind(tmp_path: Path) -> None:
    """A value under `default` is asked about as whatever it is."""
    text = "pii: {default: {action: token, allow_values: [a@x.example, b]}}"

    found = messages(tmp_path, base=policy_text("base", text))

    assert found == ["entry 2 is found as a whole by nothing that detects anything"]


def test_without_detectors_only_the_lists_are_compared(tmp_path: Path) -> None:
    """A linter that is told of no detector says nothing about what one would find."""
    write_policies(tmp_path, base=policy_text("base", spec("[no address at all]")))

    assert lint(load_set(tmp_path, vocabulary())) == ()
