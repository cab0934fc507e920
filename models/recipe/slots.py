r"""Template files: sections of lines, and the filling of `{{slot}}` marks with labelled values.

A language file (templates/en.txt …) has sections that begin with `# name`; every further line is
one template or one word. `\n` in a line stands for a line break. A slot name stands for a kind of
value; what a kind is labelled as is in `LABELS`, and a kind that is not there is plain text.
`{{@name}}` stands for a line of the section `name`, whose slots are then filled in turn.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.recipe.places import calendar

FOLDER = Path(__file__).parent / "templates"

LABELS = {
    "person": "PERSON",
    "first": "PERSON",
    "last": "PERSON",
    "cited": "PERSON",
    "city": "LOCATION",
    "place": "LOCATION",
    "state": "LOCATION",
    "stateabbr": "LOCATION",
    "country": "LOCATION",
    "org": "ORGANIZATION",
    "known": "ORGANIZATION",
    "body": "ORGANIZATION",
    "date": "DATE_TIME",
    "time": "DATE_TIME",
    "month": "DATE_TIME",
    "weekday": "DATE_TIME",
    "year": "DATE_TIME",
    "nrp": "NRP",
    "street": "ADDRESS",
    "unit": "ADDRESS",
    "pobox": "ADDRESS",
    "postcode": "ADDRESS",
    "age": "AGE",
}

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_NESTED = re.compile(r"\{\{@(\w+)\}\}")

Sections = dict[str, list[str]]
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and its labelled spans (start, end, label), in code points, sorted."""

    text: str
    spans: tuple[Span, ...] = ()


def read_sections(name: str) -> Sections:
    """Read templates/<name>.txt: section name to its lines."""
    sections: Sections = {}
    current: list[str] = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            current = sections.setdefault(line[2:].strip(), [])
        elif line.strip():
            current.append(line.replace("\\n", "\n"))
    return sections


def read_language(lang: str) -> Sections:
    """The sections of a language; months and weekdays from CLDR where its file has none."""
    return calendar(lang) | read_sections(lang)


def read_lines(name: str) -> list[str]:
    """Read templates/<name>.txt as one template per line."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line.strip()]


def read_blocks(name: str) -> list[str]:
    """Read templates/<name>.txt as blocks of lines, divided by lines of `---`."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return [block.strip("\n") for block in text.split("\n---\n")]


def expand(template: str, line: Callable[[str], str]) -> str:
    """Put `line(section)` into every `{{@section}}` of `template`, also of what is put in."""
    while _NESTED.search(template):
        template = _NESTED.sub(lambda nested: line(nested.group(1)), template)
    return template.replace("{{first}} {{last}}", "{{person}}")  # one name is one span


def fill(template: str, value: Callable[[str], str]) -> Marked:
    """Put `value(kind)` into every slot of `template` and mark the kinds that have a label."""
    parts: list[str] = []
    spans: list[Span] = []
    length = last = 0
    for slot in _SLOT.finditer(template):
        plain, kind = template[last : slot.start()], slot.group(1)
        filled = value(kind).strip()
        start = length + len(plain)
        length = start + len(filled)
        if kind in LABELS and filled:
            spans.append((start, length, LABELS[kind]))
        parts += (plain, filled)
        last = slot.end()
    return Marked("".join([*parts, template[last:]]), tuple(spans))


def join(pieces: list[Marked], glue: str) -> Marked:
    """Join marked texts with `glue` between them."""
    text, spans = "", []
    for number, piece in enumerate(pieces):
        text += glue if number else ""
        spans += [(start + len(text), end + len(text), label) for start, end, label in piece.spans]
        text += piece.text
    return Marked(text, tuple(spans))


def prefixed(document: Marked, prefix: str) -> Marked:
    """`prefix` before every line, as in a quoted mail; a span over several lines holds it too."""
    size = len(prefix)

    def moved(place: int) -> int:
        return place + size * (document.text.count("\n", 0, place) + 1)

    spans = ((moved(start), moved(end), label) for start, end, label in document.spans)
    return Marked(prefix + document.text.replace("\n", "\n" + prefix), tuple(spans))
