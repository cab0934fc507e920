"""What is found in technical text that holds next to no personal data, per 1,000 words.

    python -m tests.bench.false_positives [--words 30000] [--kind prose|everything] [--show]

Reads Python from the standard library, and TypeScript, JavaScript, JSON and Markdown from the
packages beside npm. Counts what the default policy would replace or refuse. A finding in a line
with an e-mail address, or with a word such as `author`, is most likely true: counted apart.
"""

import argparse
import random
import re
import shutil
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import Entity, SegmentKind
from guardrail_gw.detection.detectable import detectable
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.source import load_set
from tests.support.policies import vocabulary

KINDS: Mapping[str, tuple[str, ...]] = {
    "Python": ("*.py",),
    "TypeScript and JavaScript": ("*.ts", "*.js"),
    "JSON": ("*.json",),
    "Markdown": ("*.md",),
}
LONGEST = 12_000
"""Characters of a file that are read: about what is pasted into a prompt."""
_LIKELY_TRUE = re.compile(
    r"\w@\w|author|contribut|copyright|maintain|written by|thanks|@license", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One kind of text."""

    words: int
    doubtful: Counter[str]
    """Entity -> findings that are most likely false."""
    likely: Counter[str]
    """Entity -> findings beside an address or an author."""
    seconds: float
    shown: list[str] = field(repr=False)

    @property
    def rate(self) -> float:
        """Doubtful findings per 1,000 words."""
        return 1000 * self.doubtful.total() / self.words


def files(kind: str) -> list[Path]:
    """The files of one kind on this machine, in an order that is always the same."""
    folder = Path(sysconfig.get_path("stdlib")) if kind == "Python" else _packages()
    if folder is None:
        return []
    found = {
        path
        for pattern in KINDS[kind]
        for path in folder.rglob(pattern)
        if "site-packages" not in path.parts and "test" not in path.parts and path.is_file()
    }
    ordered = sorted(found)
    random.Random(3).shuffle(ordered)  # noqa: S311 - the same order every time is the point
    return ordered


def default_policy() -> Policy:
    """The shipped policy that is switched on."""
    words = vocabulary(detectable(DetectionSettings()))
    return load_set(shipped("policies/default"), words).documents[0].policy


def measure(kind: str, engine: Engine, *, words: int, scan: SegmentKind) -> Measured:
    """Scan files of one kind until they hold so many words."""
    policy, began = default_policy(), time.perf_counter()
    doubtful, likely, seen, shown = Counter[str](), Counter[str](), 0, list[str]()
    for text in _texts(kind):
        if seen >= words:
            break
        seen += len(text.split())
        for found in engine.scan([(text, scan)])[0]:
            if policy.rule_for(found.entity).concerns(found.score):
                line = text[text.rfind("\n", 0, found.start) + 1 :].split("\n", 1)[0]
                counted = likely if _LIKELY_TRUE.search(line) else doubtful
                counted[found.entity] += 1
                if counted is doubtful:
                    shown.append(f"{found.entity} {text[found.start : found.end]!r}")
    return Measured(
        words=seen,
        doubtful=doubtful,
        likely=likely,
        seconds=time.perf_counter() - began,
        shown=shown,
    )


def _packages() -> Path | None:
    npm = shutil.which("npm")
    return None if npm is None else Path(npm).resolve().parents[2]


def _texts(kind: str) -> Iterator[str]:
    for path in files(kind):
        try:
            text = path.read_text(encoding="utf-8")[:LONGEST]
        except UnicodeDecodeError:
            continue
        if len(text.split()) >= 20:
            yield text


def _rates(counts: Counter[str], words: int) -> str:
    return ", ".join(f"{Entity(e)} {1000 * n / words:.2f}" for e, n in counts.most_common())


def main() -> None:
    """Print one line for each kind of text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=30_000)
    parser.add_argument("--kind", type=SegmentKind, default=SegmentKind.PROSE)
    parser.add_argument("--show", action="store_true", help="also what was found")
    asked = parser.parse_args()
    engine = load_engine(DetectionSettings()).engine
    for kind in KINDS:
        if not files(kind):
            print(f"{kind}: none on this machine")
            continue
        got = measure(kind, engine, words=asked.words, scan=asked.kind)
        print(
            f"{kind}: {got.rate:.2f} per 1,000 of {got.words:,} words"
            f" ({_rates(got.doubtful, got.words) or 'none'});"
            f" likely true: {_rates(got.likely, got.words) or 'none'}; {got.seconds:.1f} s"
        )
        if asked.show:
            print("   ", "; ".join(got.shown[:40]))


if __name__ == "__main__":
    main()
