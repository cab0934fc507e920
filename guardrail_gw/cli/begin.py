"""Where the program begins: what `serve` forks, it forks before anything else is loaded.

The command line itself takes a megabyte that the detectors' host would have for nothing.
"""

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from guardrail_gw.detection.forked import ForkedHost


def main() -> NoReturn:
    """Run the command line."""
    host = _host() if sys.argv[1:2] == ["serve"] else None
    from guardrail_gw.cli.main import main as go_on  # noqa: PLC0415 - after the fork

    go_on(host)


def _host() -> "ForkedHost | None":
    """None where there is no process for it now: `serve` tries again, and says so."""
    from guardrail_gw.detection.forked import forked  # noqa: PLC0415 - no other command needs it

    try:
        return forked()
    except OSError:
        return None
