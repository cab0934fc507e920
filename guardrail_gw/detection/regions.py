"""Where in a text code stands, and which findings count there.

Source code is full of capital words that are no names. Within fenced blocks, inline code and lines
that read as source only detectors that can be sure count. Data is not code: JSON, CSV lines and
logs hold what people wrote (shown.py). Decided in docs/adr/0012-code-and-data.md.

Source: CommonMark 0.31, 4.5 (fenced code blocks) and 6.1 (code spans).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import NER

Region = tuple[int, int]

LOOKS_ONLY = frozenset(
    map(
        Entity,
        (
            *("PERSON", "LOCATION", "ADDRESS", "ORGANIZATION", "NRP", "DATE_TIME", "AGE"),
            *("BIC_CODE", "USERNAME"),
        ),
    )
)
"""Found by how a text looks; in code everything looks like it. Whatever has a check digit, a strict
form or a secret's prefix counts in code too, and so do an operator's own recognizers."""

_LOOKS_ONLY_BY = frozenset({NER, "host_name"})
"""Who goes by looks whatever it finds."""

_FENCE = re.compile(
    r"^[ \t]{0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?P<label>[\w+#.-]*)[^`\n]*$", re.MULTILINE
)
_INLINE = re.compile(r"(?<!`)`(?P<code>[^`\n]{1,200})`(?!`)")
_WORDS = re.compile(r"[^\W\d_]+(?:[ '\u2019-]+[^\W\d_]+)+\.?")
_SOURCE = (
    "bash bat c c# c++ cc cjs clojure cmake console cpp cs csharp css cts cython dart diff docker "
    "dockerfile elixir erlang f90 fish fortran fs fsharp go golang gql graphql groovy haskell hcl "
    "hpp hs java javascript js jsx julia kotlin kt less lua make makefile matlab mermaid mjs mts "
    "nginx objc objective-c ocaml patch perl php pl powershell prisma proto protobuf ps1 py pycon "
    "pyi python python3 r rb regex rs ruby rust sass scala scss sh shell solidity sol svelte swift "
    "terraform tf ts tsx typescript vb vue wasm zig zsh"
)
_LANGUAGES = frozenset(_SOURCE.split())
"""Labels of fences that hold source; `json`, `csv`, `yaml`, `xml`, `sql`, `text` hold data."""
_STRONG = re.compile(
    r"(?:"
    r"(?:from\s+[\w.]+\s+)?import\s+[\w.{*(\"'].*"
    r"|(?:async\s+)?(?:def|function|func|fn|fun|sub)\s+\w+\s*[(<{:].*|class\s+\w+.*[:{]"
    r"|@[A-Za-z_][\w.]*(?:\(.*)?|#(?:include|define|ifdef|ifndef|endif|pragma)\b.*|#!.*"
    r"|(?:export|public|private|protected|static|const|let|var|readonly|declare|type|interface|enum"
    r"|struct|package|namespace|using|abstract|final|override)\s+[\w*{<\[].*[={;(<:].*"
    r"|(?:if|elif|for|while|with|switch|catch|match|except|async with|async for)\b.*[:{]"
    r"|(?:else|try|finally|do|default)\s*[:{].*|\}\s*(?:else|catch|finally)\b.*\{"
    r"|(?:return|raise|throw|yield|await|assert|del|new|delete)"
    r"(?:\s+[\w.]*[\w)\]][(\[.].*|\s+\w+;?|;?)"
    r"|(?:pass|break|continue)[;]?"
    r"|[\w.$\[\]\"'*, ()]{1,80}?(?::\s?[\w.\[\], |\"']{1,80})?\s?(?:[-+*/|&^%@:]|\*\*|//|<<|>>)?="
    r"\s?(?:[^\s=].*[()\[\]{}\"'+*/<>.;].*|[({\[\"'\\]|[0-9.]+|[a-z_]\w*|[A-Z_0-9]+)"
    r"|[\w.$]*[\w$]\((?:[^ ].*)?[)\],{(:;]|[\w.$]+\($|[)\]}]{2,};?|[)\]}];|[)}\]]\)?\s*[{:]"
    r"|.*\w\((?:[^ ].*)?\)?;|.*[\"'\]}];|.*\w\(.*[{(]|.*=>\s*[{(]?"
    r"|(?:>>>|\$)\s.*|//.*|/\*.*|\*/"
    r")"
)
"""A line that neither prose nor data has a reason for."""
_DATA = re.compile(r"\s*(?:[\"'][^\"']{1,64}[\"']\s*:|[\"'{}\[\],\s]*$)")
"""A member of an object, or brackets alone."""
_WEAK = re.compile(r"\s*(?:#.*|\*.*|--.*|[rbfRBF]{0,2}[\"'].*|[\[({].*|.*[\\)\]}\"',{;])?\s*")
"""A line that code may have between lines of code: comments, strings, what is left open."""
_PROSE = re.compile(r"[^\W\d_][\w'\u2019-]*(?:,? [^\W\d_][\w'\u2019-]*)+,? ?[:;.!?]?")
"""Words, and at most a sign behind them."""
_KEYWORDS = frozenset(
    (
        *("and", "as", "assert", "async", "await", "break", "case", "catch", "class", "const"),
        *("continue", "def", "default", "del", "delete", "do", "elif", "else", "enum", "except"),
        *("export", "extends", "final", "finally", "for", "foreach", "from", "func", "function"),
        *("global", "go", "goto", "if", "implements", "import", "in", "instanceof", "interface"),
        *("is", "lambda", "let", "match", "namespace", "new", "not", "of", "or", "package", "pass"),
        *("private", "protected", "public", "raise", "return", "static", "struct", "switch"),
        *("then", "throw", "throws", "try", "type", "typeof", "using", "var", "void", "when"),
        *("where", "while", "with", "yield"),
    )
)
"""Words that code has between its names."""
_MOST_DECLARED = 3
"""Words of a declaration: `static Item first;`."""
_FEWEST_LINES = 3
_MOSTLY = 0.6
_NAMED = re.compile(
    r"(?i:name|person|customer|client|patient|author|owner|contact|employee|sender|recipient|user)"
    r"[\"']?\]?\s{0,2}[:=]\s{0,2}[\"']"
    r"(?P<value>[^\W\d_a-z][^\W\d_]+\.?(?: [^\W\d_a-z][^\W\d_]*\.?){1,3})[\"']"
)


def code_regions(text: str) -> list[Region]:
    """Where code stands, but for names that it assigns: sorted, not overlapping."""
    is_short = "\n" not in text or text.count("\n") < _FEWEST_LINES - 1
    if is_short and "`" not in text and "~" not in text:
        return []  # neither fences nor inline code nor lines of source
    return [part for region in _found(text) for part in _without_names(text, *region)]


def _without_names(text: str, start: int, end: int) -> Iterator[Region]:
    """The region without what names people: in `customer = "Anna Schmidt"` the value is data."""
    for match in _NAMED.finditer(text, start, end):
        yield start, match.start("value")
        start = match.end("value")
    yield start, end


def _found(text: str) -> list[Region]:
    regions: list[Region] = []
    at = 0
    for fence in _fences(text):
        start, end = fence.inside
        label = fence.label
        is_source = label in _LANGUAGES or (not label and _is_mostly_code(text[start:end]))
        if is_source:
            start, end = fence.whole
        regions += _loose(text, at, start)
        regions += [(start, end)] if is_source else _loose(text, start, end)
        at = end
    return regions + list(_loose(text, at, len(text)))


def in_code(findings: Iterable[Finding], regions: Sequence[Region]) -> Iterable[Finding]:
    """The findings but for those that touch code and rest on looks alone."""
    return _outside(findings, regions) if regions else findings


def _outside(findings: Iterable[Finding], regions: Sequence[Region]) -> Iterator[Finding]:
    starts = [start for start, _ in regions]
    for finding in findings:
        before = bisect_right(starts, finding.end - 1) - 1
        is_code = before >= 0 and regions[before][1] > finding.start
        if not is_code or not (
            finding.entity in LOOKS_ONLY or finding.recognizer in _LOOKS_ONLY_BY
        ):
            yield finding


class _Fenced(NamedTuple):
    """A fenced block: between its fences and with them, and its label."""

    inside: Region
    whole: Region
    label: str


def _fences(text: str) -> Iterator[_Fenced]:
    """Each fenced block; one left open ends with the text."""
    if "```" not in text and "~~~" not in text:
        return
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence["fence"].startswith(opened["fence"]) and not fence["label"]:
            yield _fenced(opened, fence.start(), fence.end())
            opened = None
    if opened is not None:
        yield _fenced(opened, len(text), len(text))


def _fenced(opened: re.Match[str], inner: int, outer: int) -> _Fenced:
    """The block that `opened` opens, which ends at `inner`, with its closing fence at `outer`."""
    return _Fenced((opened.end(), inner), (opened.start(), outer), opened["label"].lower())


def _loose(text: str, start: int, end: int) -> Iterator[Region]:
    """Lines that read as source, and inline code between them."""
    at = start
    for begins, ends in _source_lines(text, start, end):
        yield from _inline(text, at, begins)
        yield begins, ends
        at = ends
    yield from _inline(text, at, end)


def _inline(text: str, start: int, end: int) -> Iterator[Region]:
    for span in _INLINE.finditer(text, start, end) if "`" in text else ():
        if not _WORDS.fullmatch(span["code"]):  # words in back quotes are words
            yield span.span()


def _lines(text: str, start: int, end: int) -> Iterator[Region]:
    while start < end:
        stop = text.find("\n", start, end) + 1 or end
        yield start, stop
        start = stop


def _source_lines(text: str, start: int, end: int) -> Iterator[Region]:
    """Runs of lines of source: begun by a line that is clearly one, with others between."""
    if text.count("\n", start, end) < _FEWEST_LINES - 1:
        return
    first = last = -1
    strong = 0
    for begins, ends in _lines(text, start, end):
        line = text[begins:ends].rstrip("\r\n")
        if _is_strong(line):
            first, last, strong = (begins if first < 0 else first), ends, strong + 1
        elif first >= 0 and line.strip() and not _continues(line):
            if strong >= _FEWEST_LINES:
                yield first, last
            first, strong = -1, 0
        elif first >= 0 and line.strip():
            last = ends
    if strong >= _FEWEST_LINES:
        yield first, last


_LONGEST_LINE = 300
"""A longer line is data or prose, and looking at it closely costs too much."""


def _is_strong(line: str) -> bool:
    line = line.strip()
    return (
        len(line) <= _LONGEST_LINE
        and _DATA.match(line) is None
        and _STRONG.fullmatch(line) is not None
        and not _is_prose(line)
    )


def _continues(line: str) -> bool:
    return line[0] in " \t" or (
        len(line) <= _LONGEST_LINE and _WEAK.fullmatch(line) is not None and not _is_prose(line)
    )


def _is_prose(line: str) -> bool:
    """Whether a line is words alone and no programming language puts them so.

    None has two names side by side but in a declaration, nor a loop over nothing: `for Anna:`.
    """
    line = line.strip()
    if _PROSE.fullmatch(line) is None:
        return False
    words = [word.strip(",:;.!?") for word in line.split()]
    if line.endswith(";"):
        return len(words) > _MOST_DECLARED and words[0] not in _KEYWORDS
    if words[0] == "for" and "in" not in words and "of" not in words:
        return True
    return any(_KEYWORDS.isdisjoint(two) for two in pairwise(words))


def _is_mostly_code(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    code = sum(_is_strong(line) for line in lines)
    return code >= _MOSTLY * len(lines)
