"""docs/audit-findings.md says of every code what `verify` says of it."""

from guardrail_gw.audit.findings import MEANING, Code
from tests.house.sources import ROOT


def test_every_finding_is_documented() -> None:
    """A code that the table lacks, another exit code or another sentence fails."""
    lines = (ROOT / "docs" / "audit-findings.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| `")]

    documented = {row[0].strip(" `"): (int(row[1]), row[2].strip()) for row in rows}

    assert documented == {str(code): (int(v), text) for code, (v, text) in MEANING.items()}


def test_every_code_has_a_meaning() -> None:
    """No code can be found that has no verdict and no sentence, and codes have one form."""
    assert set(MEANING) == set(Code)
    assert all(code == code.name.lower().replace("_", ".", 1) for code in Code)
