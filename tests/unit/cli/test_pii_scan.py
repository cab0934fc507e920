"""`pii scan`: files of texts in, spans out, in order, or a fault with its line."""

import gzip
import json
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from guardrail_gw.cli.pii import command
from guardrail_gw.cli.pii_lines import Document
from guardrail_gw.cli.pii_options import Demand
from guardrail_gw.cli.pii_processes import batches, scan_in_order
from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError, DetectionDown, PolicyDown
from tests.support.policies import policy_text, write_policies

RULES_ONLY = DetectionSettings(model=None)
CANARY = "canary.of.the.silence"
SPEC = """\
pii:
  default: {action: token, min_score: 0.95}
  entities:
    PHONE_NUMBER: {action: token, min_score: 0.6}
    IBAN_CODE: {action: ignore}
"""
SLOW = """
recognizers:
  - name: Slow
    supported_entity: SLOW
    patterns: [{name: slow, regex: '(a+)+(a+)+(a+)+!', score: 0.5}]
"""
MIXED = "a@example.com, 030 901820, DE89 3704 0044 0532 0130 00, 9123456780122"


def texts(folder: Path, values: list[str], name: str = "in.jsonl") -> Path:
    """A file of texts; with .gz at its end a compressed one."""
    path = folder / name
    rows = [json.dumps({"id": f"d{i}", "text": value}) for i, value in enumerate(values)]
    data = "".join(f"{row}\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def run(*arguments: object, stdin: str = "") -> list[dict[str, object]]:
    """The lines that the command writes to standard output."""
    words = ["scan", "--rules-only", *map(str, arguments)]
    result = CliRunner().invoke(command, words, input=stdin, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def labels(line: dict[str, object]) -> list[str]:
    """The labels of one line's spans."""
    spans = line["spans"]
    assert isinstance(spans, list)
    return [span["label"] for span in spans]


@pytest.mark.parametrize("processes", [1, 2])
def test_order_is_kept_and_findings_are_the_engines(tmp_path: Path, processes: int) -> None:
    """Texts come out in the order they went in, with what the engine finds, however many scan."""
    values = [f"{'x ' * (i % 7 * 300)} mail{i}@example.com" for i in range(200)]
    source, target = texts(tmp_path, values, "in.jsonl.gz"), tmp_path / "out.jsonl.gz"
    engine = load_engine(RULES_ONLY).engine

    run(source, "-o", target, "--processes", processes, "--all")

    lines = [json.loads(line) for line in gzip.decompress(target.read_bytes()).splitlines()]
    assert [line["id"] for line in lines] == [f"d{i}" for i in range(200)]
    assert [line["spans"] for line in lines] == [
        [{"start": f.start, "end": f.end, "label": f.entity, "score": f.score} for f in found]
        for found in engine.scan([(value, SegmentKind.PROSE) for value in values])
    ]


def test_standard_input_and_output() -> None:
    """`-` reads standard input; without -o findings go to standard output."""
    line = json.dumps({"id": 7, "text": "to a@example.com", "lang": "en"})

    (found,) = run("-", stdin=f"{line}\n\n")

    assert found["id"] == 7
    assert found["spans"] == [{"start": 3, "end": 16, "label": "EMAIL_ADDRESS", "score": 1.0}]


def test_offsets_are_code_points_of_the_original() -> None:
    """Characters beyond the basic plane count once, and zero-width ones stay where they are."""
    text = "\U0001f600 a\u200bb@example.com"

    (found,) = run("-", stdin=json.dumps({"id": "a", "text": text}))

    assert found["spans"] == [
        {"start": 2, "end": len(text), "label": "EMAIL_ADDRESS", "score": 1.0}
    ]


def test_the_least_score_that_counts(tmp_path: Path) -> None:
    """0.5 unless said otherwise; a threshold, everything, or what the policies say."""
    source = texts(tmp_path, [MIXED])
    (policies := tmp_path / "policies").mkdir()
    write_policies(policies, p=policy_text("p", SPEC))

    kept = {
        name: labels(run(source, *options)[0])
        for name, options in {
            "default": (),
            "threshold": ("--threshold", "0.9"),
            "all": ("--all",),
            "policy": ("--policy", policies),
        }.items()
    }

    assert kept["default"] == ["EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE"]
    assert kept["threshold"] == ["EMAIL_ADDRESS", "IBAN_CODE"]
    assert kept["all"] == [*kept["default"], "CREDIT_CARD"]
    assert kept["policy"] == ["EMAIL_ADDRESS", "PHONE_NUMBER"]


def test_other_jurisdictions_are_looked_for_where_they_are_named(tmp_path: Path) -> None:
    """A number of the United States counts with `--jurisdiction US`, or where a policy says so."""
    source = texts(tmp_path, ["her itin is 912-70-1234"])
    (policies := tmp_path / "policies").mkdir()
    spec = SPEC.replace("pii:", "pii:\n  jurisdictions: [US]").replace("0.95", "0.5")
    write_policies(policies, p=policy_text("p", spec))

    kept = [
        labels(run(source, *options)[0])
        for options in ((), ("--jurisdiction", "US"), ("--policy", policies))
    ]

    assert kept == [[], ["US_ITIN"], ["US_ITIN"]]


def test_an_unknown_jurisdiction_is_wrong_use(tmp_path: Path) -> None:
    """A word that no policy could use is refused, with the one that was meant."""
    words = ["scan", str(texts(tmp_path, ["x"])), "--jurisdiction", "Eu"]

    with pytest.raises(click.UsageError, match=r"unknown jurisdiction 'Eu'; did you mean 'EU'\?"):
        command(words, standalone_mode=False)


def test_a_policy_says_what_is_no_personal_data_and_what_of_code_counts(tmp_path: Path) -> None:
    """Values that a policy allows are left out; in code dates count where it says `code: scan`."""
    code = "See below.\n```python\nborn = since('12 March 2024')\n```\nWrite to help@example.com."
    source = texts(tmp_path, [code])
    (policies := tmp_path / "policies").mkdir()
    checked = SPEC.replace("0.95", "0.5")
    scanned = checked.replace("pii:", "pii:\n  code: scan")
    allowing = checked.replace("min_score: 0.5", "min_score: 0.5, allow_values: [help@example.com]")

    kept = []
    for spec in (checked, scanned, allowing):
        write_policies(policies, p=policy_text("p", spec))
        kept.append(labels(run(source, "--policy", policies)[0]))

    assert kept == [["EMAIL_ADDRESS"], ["DATE_TIME", "EMAIL_ADDRESS"], []]


def test_a_value_that_hides_is_found_as_a_gateway_finds_it(tmp_path: Path) -> None:
    """Spaced, spelt and encoded values are among the spans, and long texts are scanned whole."""
    spaced = "D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0"
    long = f"{'word ' * 8_000}a@example.com{' word' * 8_000}"

    lines = run(texts(tmp_path, [f"to {spaced} now", "anna (at) example (dot) com", long]))

    assert [labels(line) for line in lines] == [["IBAN_CODE"], ["EMAIL_ADDRESS"], ["EMAIL_ADDRESS"]]


def test_two_ways_to_say_the_score_are_wrong_use(tmp_path: Path) -> None:
    """--threshold, --policy and --all exclude one another."""
    words = ["scan", str(texts(tmp_path, ["x"])), "--all", "--threshold", "0.5"]

    with pytest.raises(click.UsageError, match="exclude"):
        command(words, standalone_mode=False)


def test_a_policy_for_nobody_is_no_answer(tmp_path: Path) -> None:
    """Policies that match no caller refuse; they do not let everything through."""
    (policies := tmp_path / "policies").mkdir()
    write_policies(policies, p=policy_text("p", SPEC, "tenant: [acme]"))
    words = ["scan", "--rules-only", str(texts(tmp_path, ["x"])), "--policy", str(policies)]

    with pytest.raises(PolicyDown):
        command(words, standalone_mode=False)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f'{{"id": "{CANARY}", "text": ', "not a JSON object"),
        (f'["{CANARY}"]', "not a JSON object"),
        (f'{{"text": "{CANARY}"}}', "id is neither"),
        (f'{{"id": 1.5, "text": "{CANARY}"}}', "id is neither"),
        (f'{{"id": "{CANARY}", "text": 7}}', "text is not a string"),
        (f'{{"id": "a", "text": "{CANARY}", "lang": 7}}', "lang is not a string"),
    ],
)
def test_a_bad_line_is_named_and_not_quoted(tmp_path: Path, line: str, problem: str) -> None:
    """The fault says file, line and problem, quotes nothing, and an earlier output stays whole."""
    source, target = texts(tmp_path, ["fine"] * 3), tmp_path / "out.jsonl"
    target.write_text("earlier", encoding="utf-8")
    source.write_text(f"{source.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    words = ["scan", "--rules-only", str(source), "-o", str(target), "--processes", "1"]

    with pytest.raises(ConfigError, match=rf"in\.jsonl:4: {problem}") as caught:
        command(words, standalone_mode=False)

    assert CANARY not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == [source, target]
    assert target.read_text(encoding="utf-8") == "earlier"


def test_a_gzip_file_cut_off_is_no_whole_file(tmp_path: Path) -> None:
    """What a truncated file lacks was not scanned, so the command fails."""
    source = texts(tmp_path, ["a@example.com"] * 500, "in.jsonl.gz")
    source.write_bytes(source.read_bytes()[:-12])
    target = tmp_path / "out.jsonl"
    words = ["scan", "--rules-only", str(source), "-o", str(target), "--processes", "1"]

    with pytest.raises(ConfigError, match="cannot be read"):
        command(words, standalone_mode=False)

    assert not target.exists()


@pytest.mark.parametrize("read", [1, 3])
def test_no_thread_is_left_behind(read: int) -> None:
    """Read to its end or left early, a scan leaves nothing that could fail when Python ends."""
    texts = [Document(number=n, read_bytes=0, id=n, text="x" * 40_000) for n in (1, 2, 3)]
    settings = DetectionSettings(model=None, recognizers=())
    before = set(threading.enumerate())

    results = scan_in_order(texts, settings, Demand(), 2)
    found = list(islice(results, read))
    results.close()  # type: ignore[attr-defined]  # a generator

    assert len(found) == read
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize("processes", [1, 2])
def test_a_text_that_was_not_scanned_is_not_passed_over(tmp_path: Path, processes: int) -> None:
    """A pattern out of time ends the scan with the lines concerned, not with "nothing found"."""
    path = tmp_path / "slow.yaml"
    path.write_text(SLOW, encoding="utf-8")
    settings = DetectionSettings(
        model=None, recognizers=(), recognizer_files=(path,), pattern_timeout_s=0.05
    )
    todo = [Document(number=n, read_bytes=0, id=n, text="a" * 5000) for n in (3, 4)]

    with pytest.raises(DetectionDown, match=r"lines 3 to 4: not scanned \(PatternTimeout\)"):
        list(scan_in_order(todo, settings, Demand(), processes))


def test_memory_is_bounded_by_batches() -> None:
    """A batch closes at its count of texts or of characters, and a stream is read lazily."""
    read: list[int] = []

    def endless() -> object:
        for number in range(1, 10**9):
            read.append(number)
            yield Document(number=number, read_bytes=0, id=number, text="x" * 40_000)

    first = next(batches(endless()))  # type: ignore[arg-type]  # a generator of documents

    assert [document.number for document in first] == read == [1, 2]


@pytest.mark.e2e
def test_the_process_says_what_is_wrong_and_draws_nothing(tmp_path: Path) -> None:
    """Away from a terminal standard error holds the fault alone, and the exit code is 2."""
    source = tmp_path / "in.jsonl"
    source.write_text(f'{{"id": "a", "text": "{CANARY}"\n', encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "guardrail_gw", "pii", "scan", "--rules-only", str(source)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert "in.jsonl:1:notaJSONobject" in "".join(done.stderr.split())  # wherever lines break
    assert CANARY not in done.stderr


def test_asking_for_help_imports_no_spacy() -> None:
    """The commands load spaCy, Presidio and the gateway only when they are used."""
    code = (
        "import sys, guardrail_gw.cli.pii;"
        "print([m for m in ('spacy', 'presidio_analyzer', 'aiohttp') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "[]\n"
