"""The changelog knows the version that is being built."""

import re

from guardrail_gw import __version__
from tests.house.sources import ROOT


def test_the_version_has_an_entry() -> None:
    """`guardrail_gw.__version__` is the newest release of CHANGELOG.md."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\]", text, re.MULTILINE)

    assert released[0] == __version__
