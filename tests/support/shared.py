"""The data beside the checkout, where there is any: for measuring, never for the product."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("GUARDRAIL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
DEV = SHARED / "data" / "pii" / "dev"
"""Gold files that may be looked at."""

needs_shared = pytest.mark.skipif(
    not DEV.is_dir(), reason="the gold files are not part of the checkout (GUARDRAIL_SHARED)"
)
