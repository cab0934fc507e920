"""An environment for each client, made from its lock file and kept under build/e2e-clients.

A folder's name holds a digest of what it was made from, so a lock that changes makes a new one.
"""

import asyncio
import hashlib
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.clients.roster import FOLDER, Client

KEPT: Final = FOLDER.parents[1] / "build" / "e2e-clients"
_READY: Final = ".ready"
_ARCHITECTURES: Final = {"x86_64": "x64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a client's packages are."""

    command: tuple[str, ...]
    """Starts the client's script."""
    path: tuple[Path, ...]
    """What comes first on PATH."""
    modules: Path | None = None
    """Where npm has put packages."""


class NotMade(Exception):  # noqa: N818 - it says what is the matter
    """An environment could not be made; says which command failed and where its output is."""


async def environment(client: Client) -> Environment:
    """Make it, unless it is there.

    Raises:
        NotMade: a package could not be installed.
    """
    if client.script.startswith("python/"):
        return await _python(client)
    return await _node(client, FOLDER / client.path.parent.name)


async def _python(client: Client) -> Environment:
    lock = client.path.parent / "requirements.lock"
    made = _folder(client.path.parent.name, lock, sys.version)
    python = made / "bin" / "python"
    if not (made / _READY).exists():
        await _run(made, sys.executable, "-m", "venv", "--clear", str(made))
        uv = shutil.which("uv")
        install = [uv, "pip", "install", "--python", str(python)] if uv else None
        await _run(
            made,
            *(install or [str(python), "-m", "pip", "install", "--disable-pip-version-check"]),
            *("--no-deps", "--require-hashes", "-r", str(lock)),
        )
        (made / _READY).touch()
    return Environment(command=(str(python), str(client.path)), path=(python.parent,))


async def _node(client: Client, source: Path) -> Environment:
    made = _folder(source.name, source / "package-lock.json")
    if not (made / _READY).exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, made)
        npm = shutil.which("npm") or "npm"
        await _run(made, npm, "ci", "--prefix", str(made), "--ignore-scripts", "--no-audit")
        (made / _READY).touch()
    for script in source.glob("*.mjs"):
        shutil.copy(script, made)  # a module looks for packages from where it lies
    architecture = _ARCHITECTURES.get(platform.machine(), "")
    own = made / "node_modules" / f"node-linux-{architecture}" / "bin"
    node = own / "node" if own.exists() else Path(shutil.which("node") or "node")
    command = (str(node), str(made / client.path.name))
    if client.script.startswith("agents/"):
        command = (sys.executable, str(client.path))
    modules = made / "node_modules"
    return Environment(command=command, path=(node.parent, modules / ".bin"), modules=modules)


def _folder(name: str, lock: Path, *more: str) -> Path:
    made_of = lock.read_bytes() + "".join(more).encode()
    return KEPT / f"{name}-{hashlib.sha256(made_of).hexdigest()[:12]}"


async def _run(made: Path, *command: str) -> None:
    log = made.with_suffix(".log")
    KEPT.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
        if await process.wait():
            raise NotMade(f"{_brief(command)} failed; see {log}")


def _brief(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:4]])
