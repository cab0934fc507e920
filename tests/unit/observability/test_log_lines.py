"""Log lines of processes that share one standard error stay lines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.allow_blocking
PROCESSES, LINES = 4, 400
SPEAKER = """
import structlog, sys
from guardrail_gw.observability.log import configure
configure(worker=int(sys.argv[1]))
log = structlog.get_logger()
for number in range(int(sys.argv[2])):
    log.info("gateway.ready", address="127.0.0.1:8080", serial=number)
"""


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    """Also where Python writes without buffers, as it does in the image: one write for a line."""
    said = tmp_path / "stderr"
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with said.open("ab") as stderr:
        running = [
            subprocess.Popen(
                [sys.executable, "-c", SPEAKER, str(number), str(LINES)],
                stderr=stderr,
                env=environment,
            )
            for number in range(PROCESSES)
        ]
        codes = [each.wait(60) for each in running]

    lines = [json.loads(line) for line in said.read_text(encoding="utf-8").splitlines()]
    assert codes == [0] * PROCESSES
    assert len(lines) == PROCESSES * LINES
    assert {line["worker"] for line in lines} == set(range(PROCESSES))
