"""`pii explain`: a text, its findings, their reasons, and what a policy does with them."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from rich.console import Console

from guardrail_gw.cli.pii import command
from guardrail_gw.cli.pii_explain import marked, why
from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.explain import Said
from tests.support.policies import policy_text, write_policies

ALLOWING = """\
pii:
  code: scan
  default: {action: token, allow_values: [help@example.com]}
"""
TEXT = "please call 030 901820 about AKIAIOSFODNN7EXAMPLE"


def run(*arguments: str, stdin: str = "") -> str:
    """What the command prints."""
    words = ["explain", "--rules-only", *arguments]
    result = CliRunner().invoke(command, words, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def explained(*arguments: str, stdin: str = "") -> dict[str, Any]:
    """The same, for machines."""
    document: dict[str, Any] = json.loads(run(*arguments, "--json", stdin=stdin))
    return document


def finding(text: str, value: str, entity: str) -> Finding:
    """A finding of `value`."""
    start = text.index(value)
    return Finding(
        start=start, end=start + len(value), entity=Entity(entity), score=0.9, recognizer="x"
    )


def test_the_rule_its_context_and_its_source_are_named() -> None:
    """A telephone number is explained by its rule, the word that raised it, and a source."""
    (said,) = [s for s in explained(TEXT)["said"] if s["finding"]["recognizer"] == "phone"]

    assert said["why"].endswith("0.6 alone, “call” makes it 0.85")
    assert said["source"].startswith("ITU-T E.164")
    assert said["became"] == "kept"


def test_a_policy_says_what_it_does_with_each_finding() -> None:
    """With --policy each finding has an action, its rule and the reason."""
    found = explained(TEXT, "--policy", str(shipped("policies/default")))["findings"]

    decided = {f["entity"]: (f["decided"]["said"], f["decided"]["rule"]) for f in found}
    assert decided == {
        "PHONE_NUMBER": ("token", "default/pii.PHONE_NUMBER"),
        "API_KEY": ("block", "default/pii.API_KEY"),
    }


def test_a_score_below_the_threshold_says_so() -> None:
    """Without a policy each finding is held against 0.5, or the score that was asked for."""
    because = [
        [f["decided"]["because"] for f in explained("see 030 901820", *options)["findings"]]
        for options in ((), ("--threshold", "0.9"))
    ]

    assert because == [["score 0.6 is at least 0.5"], ["score 0.6 is below 0.9"]]


def test_jurisdictions_are_told() -> None:
    """A number of another state is left out with the state's name, and found once asked for."""
    text = "her itin is 912-70-1234"

    without, asked = explained(text), explained(text, "--jurisdiction", "US")

    assert (without["findings"], asked["jurisdictions"]) == ([], ["US"])
    assert "identifiers of US" in without["said"][0]["became"]
    assert [f["entity"] for f in asked["findings"]] == ["US_ITIN"]
    assert "Identifiers of: Europe, US." in run(text, "--jurisdiction", "US")


def test_a_value_that_the_policy_allows_says_so(tmp_path: Path) -> None:
    """A value of `allow_values` is shown as found, with nothing done about it and the reason."""
    write_policies(tmp_path, p=policy_text("p", ALLOWING))

    found = explained("write to help@example.com", "--policy", str(tmp_path))

    (decided,) = [f["decided"] for f in found["findings"]]
    assert (decided["said"], decided["rule"]) == ("nothing", "p/pii.default")
    assert decided["because"].startswith("allow_values names this value")
    assert found["code"] == "scan"


def test_a_hidden_value_says_how_it_was_seen() -> None:
    """What only a second reading shows is told as such."""
    said = explained("to D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0")["said"]

    (hidden,) = [each for each in said if each["finding"]["recognizer"] == "iban"]
    assert "seen once the text is joined, spelt out or decoded" in hidden["why"]


def test_standard_input_is_explained() -> None:
    """`-` keeps the text out of the list of processes."""
    found = explained("-", stdin="a@example.com")["findings"]

    assert [f["text"] for f in found] == ["a@example.com"]


def test_without_colours_findings_stand_in_brackets() -> None:
    """A plain terminal or a pipe shows where each finding is and what it is."""
    shown = run(TEXT)

    assert "please call [030 901820](PHONE_NUMBER)" in " ".join(shown.split())
    assert "\x1b" not in shown


def test_with_colours_findings_are_underlined() -> None:
    """On a terminal the same findings are underlined, a colour per entity."""
    text = "call 030 901820 and a@b.io"
    found = [finding(text, "030 901820", "PHONE_NUMBER"), finding(text, "a@b.io", "EMAIL_ADDRESS")]

    shown = marked(text, found, coloured=True)

    assert shown.plain == text
    assert [text[span.start : span.end] for span in shown.spans] == ["030 901820", "a@b.io"]
    assert all("underline" in str(span.style) for span in shown.spans)
    assert len({str(span.style) for span in shown.spans}) == 2


def test_a_text_gives_no_orders_to_the_terminal() -> None:
    """Escape sequences and rich's own markup in the text are shown, not obeyed."""
    text = "\x1b[31mred [bold]a@example.com[/] \x9b31m"
    console = Console(force_terminal=True, color_system="truecolor", width=120)

    with console.capture() as captured:
        console.print(marked(text, [], coloured=True), highlight=False)

    assert captured.get() == "␛[31mred [bold]a@example.com[/] �31m\n"
    assert "\x1b" not in run(text)


def test_nothing_found_is_said() -> None:
    """A text without personal data gets an answer too."""
    assert "Nothing was found." in run("a plain sentence")


def test_what_needs_its_surroundings_says_so() -> None:
    """A match that stands only because of what is around it is told as such."""
    said = Said(
        finding=finding("x", "x", "X"), about="X", source="", base_score=None, became="kept"
    )

    assert why(said) == "X; only in these surroundings"
