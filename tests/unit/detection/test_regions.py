"""Where code stands, and what counts in it."""

import time

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import NER
from guardrail_gw.detection.regions import code_regions, in_code

PYTHON = "import os\n\n\ndef total(Items):\n    # ask Anna\n    return sum(Items.values())\n"
TYPESCRIPT = (
    "export class Basket {\n  private Items: Item[] = [];\n"
    "  total(): number {\n    return 1;\n  }\n}\n"
)


def code(text: str) -> list[str]:
    """What of a text is code."""
    return [text[start:end] for start, end in code_regions(text)]


@pytest.mark.parametrize("source", [PYTHON, TYPESCRIPT], ids=["Python", "TypeScript"])
@pytest.mark.parametrize(
    "around",
    ["{}", "```python\n{}```\n", "~~~\n{}~~~\n", "````ts\n{}", "Anna asks:\n\n{}\nThanks, Anna\n"],
)
def test_source_is_code(around: str, source: str) -> None:
    """Source is code with fences, labelled or not, left open or not, and without; prose is not."""
    inside = "".join(code(around.format(source)))

    assert source.strip() in inside
    assert "Thanks" not in inside
    assert "asks" not in inside


@pytest.mark.parametrize(
    "text",
    [
        "Dear Anna,\nthank you for your letter;\nI will call you (Tuesday).\nYours, Berta",
        "Anna Schmidt,\nHauptstr. 5,\n10115 Berlin,\nGermany",
        "- Anna Schmidt\n- Berta Klein\n- Carla Meier",
        "name = Anna Schmidt\ncity = Bonn\nstreet = Am Markt",
        '{\n  "name": "Anna Schmidt",\n  "tags": [\n    "a",\n    "b"\n  ]\n}',
        '{\n "q": "a=1(2)",\n "r": "b=2(3)",\n "s": "c=3(4)",\n "note": "ask Anna"\n}',
        "id,name,city\n1,Anna Schmidt,Bonn\n2,Berta Klein,Ulm\n3,Carla Meier,Kiel",
        "2026-01-02 INFO login user=Anna Schmidt\n2026-01-02 INFO logout user=Berta Klein\n",
        '```json\n{"name": "Anna Schmidt"}\n```',
        "```\nAnna Schmidt\nAm Markt 5\n```",
        "| Name | City |\n|---|---|\n| Anna Schmidt | Bonn |",
        "The patient, Anna Schmidt, came\nin with a cough\nand went home.",
        "one `Anna Schmidt` and two",
    ],
)
def test_prose_and_data_are_not_code(text: str) -> None:
    """Letters, addresses, lists, forms, JSON, CSV, logs and tables are read for names."""
    assert "Anna" not in "".join(code(text))


@pytest.mark.parametrize(
    "line",
    [
        "for Anna Schmidt:",
        "for Anna:",
        "with Anna Schmidt:",
        "if Anna Schmidt agrees:",
        "Reported by Anna Schmidt;",
    ],
)
def test_a_sentence_beside_code_is_not_code(line: str) -> None:
    """Words that no language puts side by side are prose, though a keyword begins them."""
    source = "import os\nx = foo(1)\nprint(x)\n"

    assert "Anna" not in "".join(code(f"{line}\n{source}"))
    assert "Anna" not in "".join(code(f"{source}{line}"))


@pytest.mark.parametrize(
    "line",
    ["for x in y:", "with Lock:", "if not done:", "elif Done:", "private Item First;", "pass"],
)
def test_words_that_code_puts_together_are_code(line: str) -> None:
    """Keywords, conditions and declarations stay code, also without a sign in them."""
    (region,) = code_regions(f"import os\nx = foo(1)\n{line}\ny = bar(2)\n")

    assert region == (0, len(f"import os\nx = foo(1)\n{line}\ny = bar(2)\n"))


def test_fences_belong_to_their_code() -> None:
    """A sentence before source ends where its fence begins; fences of data are text."""
    assert code("Ask Anna:\n```python\nx = 1\n```\nThanks") == ["```python\nx = 1\n```"]
    assert code('Ask Anna:\n```json\n{"a": 1}\n```\n') == []


def test_inline_code_is_code() -> None:
    """A span of code is, words between back quotes are not."""
    assert code("call `Foo.Bar()` or `Anna Schmidt`") == ["`Foo.Bar()`"]


def test_a_name_that_code_assigns_is_data() -> None:
    """The value of a variable about people stands outside the code around it."""
    text = "```python\ncustomer_name = 'Anna Schmidt'\nTitle = 'Anna Schmidt'\n```"

    assert "".join(code(text)).count("Anna Schmidt") == 1


@given(text=st.text(alphabet="ab=(){};:,.`~\"'\n \t#", max_size=200))
def test_regions_are_in_order_and_within(text: str) -> None:
    """For any text the regions are sorted, do not overlap and lie within it."""
    at = 0
    for start, end in code_regions(text):
        assert at <= start <= end <= len(text)
        at = end


def finding(start: int, end: int, entity: str, recognizer: str) -> Finding:
    """A finding."""
    return Finding(start=start, end=end, entity=Entity(entity), score=0.9, recognizer=recognizer)


@pytest.mark.parametrize(
    ("entity", "recognizer", "counts"),
    [
        ("PERSON", NER, False),
        ("IP_ADDRESS", NER, False),
        ("URL", "host_name", False),
        ("URL", "url", True),
        ("DATE_TIME", "dates", False),
        ("EMAIL_ADDRESS", "email", True),
        ("API_KEY", "api_key", True),
        ("COMPANY_BADGE", "somebody's own", True),
    ],
)
def test_in_code_only_what_is_sure_counts(entity: str, recognizer: str, *, counts: bool) -> None:
    """What rests on looks does not count where it touches code, and counts beside it."""
    touching, beside = (finding(at, at + 4, entity, recognizer) for at in (8, 20))

    kept = list(in_code([touching, beside], [(0, 10), (15, 20), (30, 40)]))

    assert kept == ([touching, beside] if counts else [beside])


@pytest.mark.parametrize("unit", ["a = b(c)\n", "```\n", "`", "Anna went home.\n", "f(x ", "   "])
def test_a_megabyte_takes_seconds_at_most(unit: str) -> None:
    """No text makes looking for code slow."""
    text = unit * ((1 << 20) // len(unit))
    began = time.perf_counter()

    code_regions(text)

    assert time.perf_counter() - began < 20


def test_three_lines_are_enough() -> None:
    """Three lines of source without a line's end behind are code, and two are not."""
    lines = ["import os", "import sys", "x = foo(1)"]

    assert code_regions("\n".join(lines)) == [(0, 31)]
    assert code_regions("\n".join(lines[:2])) == []
