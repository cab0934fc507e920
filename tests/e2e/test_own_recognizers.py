"""A team's own Presidio recognizers take part as they are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from guardrail_gw.cli.demo_folder import prepare

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

FILE = {
    "recognizers": [
        {
            "name": "CaseNumber",
            "supported_language": "en",
            "supported_entity": "NATIONAL_ID",
            "patterns": [{"name": "case", "regex": r"\bCASE-\d{6}\b", "score": 0.9}],
        }
    ]
}


def test_a_recognizer_file_of_the_operator_is_used(tmp_path: Path) -> None:
    """What only the operator's file knows is found, through gateway.yaml."""
    path = prepare(tmp_path, us="http://127.0.0.1:1/v1", eu="http://127.0.0.1:2/v1", port=0)
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(FILE))
    config = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(config | {"detection": {"recognizer_files": ["own.yaml"]}}))
    body = {"model": "assistant", "messages": [{"role": "user", "content": "about CASE-123456"}]}
    (tmp_path / "request.json").write_text(json.dumps(body))

    told = subprocess.run(
        [
            *(sys.executable, "-m", "guardrail_gw", "policy", "explain", "request.json"),
            *("--json", "--config", "gateway.yaml"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    found = {e["subject"] for e in json.loads(told.stdout)["entities"]}
    assert found == {"NATIONAL_ID"}
