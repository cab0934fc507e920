"""A load generator for requests that are in a file, one behind the other on one connection.

    python -m tests.bench.sent PORT FILE

Prints one JSON object, as `load` does.
"""

import json
import pickle
import sys
from pathlib import Path

import uvloop

from tests.bench import load

if __name__ == "__main__":
    port, file = sys.argv[1:]
    todo = pickle.loads(Path(file).read_bytes())  # noqa: S301 - the bench wrote it
    print(json.dumps(uvloop.run(load.run(int(port), todo, 1))))
