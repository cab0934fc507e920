"""Ports of loopback that stay free until somebody listens on them."""

import socket
import time


def lasting_ports(count: int) -> list[int]:
    """So many, below 32768: the system gives connections none of those, so none is taken."""
    found: list[int] = []
    for port in range(20_000 + time.time_ns() // 1000 % 8000, 32_000):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} ports are free on loopback")
