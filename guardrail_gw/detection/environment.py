"""What the host of detectors knows of its environment, however it was started."""

import os

_PASSED = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ")
"""Nothing else of the environment: it may hold the providers' keys."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def passed() -> dict[str, str]:
    """What it may know of ours."""
    return {name: os.environ[name] for name in _PASSED if name in os.environ}
