"""One thread for matrix products, as in a detector.

A plugin that pyproject.toml loads before all others, one of which imports numpy: the number of
threads is read then. Several threads take ten times the processor time on matrices of this size.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
