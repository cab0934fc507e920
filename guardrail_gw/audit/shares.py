"""The logs of one gateway's workers: `w0`, `w1`, … in the folder that `audit.directory` names.

Each is a log of its own, with an origin of its own; what lies beside the folder (the key register,
acts) is theirs together.
"""

import re
from pathlib import Path
from typing import Final

from guardrail_gw.audit.segments import segment_firsts

_SHARE: Final = re.compile(r"w(0|[1-9][0-9]{0,3})")


def logs_of(directory: Path) -> tuple[Path, ...]:
    """Every log in a gateway's folder: its own, from when it had one process, then its workers'.

    A folder without any is given as it is: whoever reads it says what is missing.
    """
    numbers = sorted(
        int(found[1])
        for path in directory.iterdir()
        if (found := _SHARE.fullmatch(path.name)) and path.is_dir() and segment_firsts(path)
    )
    own = (directory,) if segment_firsts(directory) or not numbers else ()
    return (*own, *(directory / f"w{number}" for number in numbers))


def gateway_folder(log: Path) -> Path:
    """The folder beside which a log's register and keys lie."""
    return log.parent if _SHARE.fullmatch(log.name) else log
