"""Two network namespaces: a pod and another one beside it, with a wire between them."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

import pytest

_POD, _OTHER = "10.77.0.1", "10.77.0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spaces:
    """Where processes of a pod run, and where those of another pod do."""

    pod: str
    other: str
    address: str
    """Of the pod, as the other one sees it."""

    def inside(self, command: Sequence[str]) -> list[str]:
        """A command within the pod."""
        return ["ip", "netns", "exec", self.pod, *command]

    def beside(self, command: Sequence[str]) -> list[str]:
        """A command within the other pod."""
        return ["ip", "netns", "exec", self.other, *command]

    def pids(self) -> list[int]:
        """Processes that run in the pod."""
        told = subprocess.run(
            ["ip", "netns", "pids", self.pod],  # noqa: S607 - the system's
            capture_output=True,
            text=True,
            check=True,
        )
        return [int(pid) for pid in told.stdout.split()]


@contextmanager
def spaces() -> Iterator[Spaces]:
    """Make them, and end in the end whatever still runs there; skips where none may be made."""
    if shutil.which("ip") is None:
        pytest.skip("no `ip` here: install iproute2")
    mark = secrets.token_hex(3)
    made = Spaces(pod=f"gw-pod-{mark}", other=f"gw-other-{mark}", address=_POD)
    try:
        _make(made, f"gwp{mark}", f"gwo{mark}")
    except subprocess.CalledProcessError:
        _remove(made)
        pytest.skip("no network namespace may be made here")
    try:
        yield made
    finally:
        _remove(made)


def _make(made: Spaces, one: str, two: str) -> None:
    for line in (
        f"netns add {made.pod}",
        f"netns add {made.other}",
        f"link add {one} type veth peer name {two}",
        f"link set {one} netns {made.pod}",
        f"link set {two} netns {made.other}",
        f"-n {made.pod} addr add {_POD}/24 dev {one}",
        f"-n {made.other} addr add {_OTHER}/24 dev {two}",
        f"-n {made.pod} link set {one} up",
        f"-n {made.other} link set {two} up",
        f"-n {made.pod} link set lo up",
        f"-n {made.other} link set lo up",
    ):
        subprocess.run(["ip", *line.split()], check=True, capture_output=True)  # noqa: S607 - ditto


def _remove(made: Spaces) -> None:
    for name in (made.pod, made.other):
        if Path(f"/run/netns/{name}").exists():
            told = subprocess.run(
                ["ip", "netns", "pids", name],  # noqa: S607 - ditto
                capture_output=True,
                text=True,
                check=False,
            )
            for pid in told.stdout.split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), SIGKILL)
            subprocess.run(["ip", "netns", "del", name], check=False)  # noqa: S607 - ditto
