"""What a document points to is there."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import PACKAGE, ROOT, files

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
DOCUMENT = re.compile(
    r"\b(?:docs/[\w/-]+\.md|(?:ARCHITECTURE|THREAT_MODEL|CONTRIBUTING|SECURITY|FORMAT)\.md)\b"
)


def test_every_relative_link_resolves() -> None:
    """A link to a file that is not there, or to a heading that its page lacks, fails."""
    broken = [f"{page.relative_to(ROOT)}: {to}" for page, to in links() if not leads(page, to)]

    assert broken == []


def test_every_document_named_in_a_source_exists() -> None:
    """`docs/policy.md` in a docstring or a comment is a file."""
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (*files(".py"), *files(".yaml"), *files(".md"))
        if not path.is_relative_to(ROOT / "tests" / "house")
        for name in DOCUMENT.findall(path.read_text(encoding="utf-8"))
        if not exists(name, path)
    }

    assert sorted(missing) == []


def links() -> Iterator[tuple[Path, str]]:
    """Each relative link of each page, code left out."""
    for page in files(".md"):
        for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
            yield page, link


def leads(page: Path, link: str) -> bool:
    """Whether a link leads somewhere."""
    name, _, heading = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists() or not target.resolve().is_relative_to(ROOT):
        return False
    return not heading or heading in anchors(target)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in found}


def exists(name: str, path: Path) -> bool:
    """At the top, beside the file that names it, or in a room."""
    places = (ROOT / name, path.parent / name, *PACKAGE.glob(f"*/{name}"))
    return any(place.exists() for place in places)
