"""The project's archives, as `make dist` makes them."""

import os
import subprocess
import sys
from pathlib import Path


def made_by(kind: str, checkout: Path, folder: Path) -> Path:
    """The `wheel` or `sdist` of a checkout, in a folder."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("hatchling")), "build", "-t", kind, "-d", str(folder)],
        cwd=checkout,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    ending = "*.whl" if kind == "wheel" else "*.tar.gz"
    return next(folder.glob(ending))
