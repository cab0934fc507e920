"""Handles in prose, and at signs of technical text that are none."""

import pytest

from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.username import find

OPERATORS = [
    "@app.route('/x')\ndef index():\n    return 1",
    "@dataclass(frozen=True)\nclass A:\n    x: int",
    "class A:\n    @property\n    def x(self): ...",
    "@Override public void run() {}",
    " * @param first the first name\n * @returns the whole name",
    " * @deprecated since 4.0",
    "@media (min-width: 20em) { a { b: c } }",
    "@tailwind base;",
    "npm install @angular/core @types/node",
    'import x from "@scope/pkg";',
    "git checkout @{upstream}",
    "mail anna@example.org, or a.b@example.co.uk",
    "@total = items.sum",
    "@items.each { |item| puts item }",
    "DECLARE @total INT; SET @total = 4;",
    "SELECT name FROM people WHERE id = @id AND town = @town",
    "//book[@lang='en']/title/@short",
    "cellfun(@isempty, cells)",
    "$text = @file_get_contents('x');",
    "@if (user != null) { <b>@user.Name</b> }",
    "@Model.Title",
    "pip install pkg@latest, image@sha256:abc",
    "use the `@Component` annotation or the @Input decorator",
    "meet @ 5pm, or @5pm",
    "@everyone please read",
]


@pytest.mark.parametrize("text", OPERATORS)
def test_an_operator_is_no_handle(text: str) -> None:
    """What programs, style sheets, queries and packages write behind an at sign is not found."""
    assert [text[found.start : found.end] for found in find(text)] == []


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@anna_s85 thanks!", ["@anna_s85"]),
        ("RT @anna_s85: look (@jo_meier), @kim99", ["@anna_s85", "@jo_meier", "@kim99"]),
        ("seen by @anna_s85.", ["@anna_s85"]),
        ("@anna_s85", ["@anna_s85"]),
        ("write to @anna:matrix.example.org", ["@anna:matrix.example.org"]),
        ("Hello @anna_s85\nsee you", ["@anna_s85"]),
    ],
)
def test_a_handle_in_prose_is_found(text: str, handles: list[str]) -> None:
    """Whole, with its sign, whatever punctuation stands around."""
    assert [text[found.start : found.end] for found in find(text)] == handles


def test_no_handle_counts_in_source() -> None:
    """A fenced block of source has decorators, and no handles."""
    engine = Engine(rules=RULES, names=None)
    text = "```python\nx = 1  # thanks @anna_s85\n```"

    assert engine.scan([(text, SegmentKind.PROSE)]) == [[]]
