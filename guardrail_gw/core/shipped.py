"""Where the files that ship with the project lie: policies, models, what explains gateway.yaml.

A wheel carries them under `guardrail_gw/shipped`; a checkout keeps them at its top level.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """Return the folder or file `name` (`policies/default`, `models/guardrail_xx_ner`).

    Raises:
        FileNotFoundError: neither the wheel nor the checkout has it.
    """
    for root in (_PACKAGE / "shipped", _PACKAGE.parent):
        if (root / name).exists():
            return root / name
    raise FileNotFoundError(f"{name} is not part of this installation")
