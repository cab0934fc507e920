"""Checks of what was agreed with those who process data."""

from collections.abc import Callable, Mapping

from guardrail_gw.compliance.configuration import Configured, Said, unless
from guardrail_gw.compliance.register import register


def _agreed(c: Configured) -> Said:
    bad = (entry.deployment for entry in register(c) if entry.lacks_dpa)
    return unless(bad, "each processor has an agreement on file", "no agreement on file for")


def _in_force(c: Configured) -> Said:
    bad = (f"{e.deployment} ({e.lapsed})" for e in register(c) if e.lapsed)
    return unless(bad, "no agreement and no transfer mechanism has ended", "ended")


def _based(c: Configured) -> Said:
    bad = (
        f"{entry.deployment} ({', '.join(entry.outside_eea[:5])})"
        for entry in register(c)
        if entry.lacks_mechanism
    )
    return unless(bad, "what may leave the EEA does so on a basis on file", "no basis on file for")


CHECKS: Mapping[str, Callable[[Configured], Said]] = {
    "processors-agreed": _agreed,
    "contracts-in-force": _in_force,
    "transfers-based": _based,
}
"""Name -> check; compliance/controls.yaml uses each."""
