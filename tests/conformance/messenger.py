"""The program that the suite takes for a client: it says at the desk what is wanted, and waits.

    python -S -E tests/conformance/messenger.py SOCKET URL

The client itself, and the gateway that it goes through, run in the process of the desk: to import
them anew for each scenario would take seconds.
"""

import json
import os
import socket
import sys

PREFIX = "MCP_CONFORMANCE_"


def main(at: str, url: str) -> int:
    """Say it, and end as the conversation does."""
    said = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    with socket.socket(socket.AF_UNIX) as desk:
        desk.connect(at)
        desk.sendall(json.dumps({"url": url, **said}).encode() + b"\n")
        return 0 if desk.recv(1) == b"0" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
