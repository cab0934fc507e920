"""The image as a plain folder: its steps are followed there, and programs are started in it.

There is no container engine, so Linux' own parts of one are used: a mount namespace and `chroot`.
The base image is stood in for by this machine's system folders and Python, mounted read-only where
the base has its own. Only root can do this.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.recipe.image import Image, Stage

_SYSTEM = ("usr", "etc/ssl", "etc/hosts", "etc/nsswitch.conf", "etc/ld.so.cache", "dev", "proc")
_LINKS = ("bin", "lib", "lib64", "sbin")
_BASE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LD_LIBRARY_PATH": "/usr/local/lib"}
_TOOLS = ("unshare", "chroot", "setpriv", "mount", "ip")


def is_possible() -> bool:
    """Whether this machine lets us: root, namespaces, and their tools."""
    if os.geteuid() != 0 or any(shutil.which(tool) is None for tool in _TOOLS):
        return False
    tried = subprocess.run(
        ["unshare", "--mount", "--net", "true"],  # noqa: S607 - wherever it is installed
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder of this machine at a place in the root folder."""

    source: Path
    at: str
    writable: bool = False


def build(image: Image, folder: Path, context: Mapping[str, Path], wheels: Path) -> Path:
    """Follow the steps; returns the root folder of the last stage.

    Args:
        image: the steps.
        folder: where the stages' root folders are made.
        context: what `copy` names -> where it lies.
        wheels: where pip finds what is locked, instead of an index.
    """
    for stage in image.stages:
        _stage(stage, folder, context, wheels)
    return folder / image.stages[-1].name


def _stage(stage: Stage, folder: Path, context: Mapping[str, Path], wheels: Path) -> None:
    root = _empty(folder / stage.name)
    for step in stage.steps:
        if step.copies is not None:
            to = root / step.copies.to.lstrip("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            source = context[step.copies.source]
            _copied(source, to)
        elif step.take is not None:
            place = step.take.path.lstrip("/")
            (root / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(folder / step.take.stage / place, root / place, symlinks=True)
        elif step.run is not None:
            offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels", "PIP_CONFIG_FILE": "/"}
            done = inside(root, [step.run], _BASE | offline, [Mount(source=wheels, at="wheels")])
            if done.returncode:
                raise AssertionError(f"{shlex.join(step.run)}\n{done.stderr}")


def _copied(source: Path, to: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, to)
    else:
        shutil.copy(source, to)


def inside(
    root: Path,
    commands: Iterable[Sequence[str]],
    environment: Mapping[str, str],
    mounts: Iterable[Mount] = (),
    *,
    as_image: Image | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run commands one after the other in a root folder; what ends in `&` runs beside the next.

    Args:
        root: the folder.
        commands: in argv form.
        environment: all of it.
        mounts: folders of this machine.
        as_image: as kubelet would start it under the level `restricted`: nothing but mounts can be
            written to, its user, no capability, no new privilege, and no network but loopback.
    """
    script = ["set -e", *_mounted(root, [*_system(), *mounts], sealed=as_image is not None)]
    put = ["env", "-i", *(f"{name}={value}" for name, value in environment.items())]
    who: list[str] = []
    if as_image is not None:
        user, _, group = as_image.user.partition(":")
        who = ["setpriv", f"--reuid={user}", f"--regid={group}", f"--groups={group}"]
        who += ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        script.append("ip link set lo up")
    for command in commands:
        beside = command[-1] == "&"
        words = command[:-1] if beside else command
        line = shlex.join(["chroot", str(root), *who, *put, *words])
        script.append(f"{line} &" if beside else line)
    unshared = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
    unshared += ["--mount-proc"]
    unshared += ["--net"] if as_image is not None else []
    return subprocess.run(
        [*unshared, "sh", "-c", "\n".join(script)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def _mounted(root: Path, mounts: Iterable[Mount], *, sealed: bool) -> list[str]:
    lines = []
    for each in mounts:
        at = shlex.quote(str(root / each.at))
        lines.append(f"mount --bind {shlex.quote(str(each.source))} {at}")
        if not each.writable:
            lines.append(f"mount -o remount,bind,ro {at} 2>/dev/null || true")
    if sealed:
        here = shlex.quote(str(root))
        again = [f"mount --rbind {here} {here}", f"mount -o remount,bind,ro {here}"]
        room = f"mount -t tmpfs -o size=64m,mode=1777 room {here}/tmp"  # noqa: S108 - its own
        lines = [again[0], *lines, again[1], room]
    return lines


def _system() -> list[Mount]:
    """This machine's folders in the place of the base's; devices may be written to."""
    found = [
        Mount(source=Path("/") / name, at=name, writable=name in ("dev", "proc"))
        for name in _SYSTEM
        if (Path("/") / name).exists()
    ]
    return [*found[:1], Mount(source=Path(sys.base_prefix), at="usr/local"), *found[1:]]


def _empty(root: Path) -> Path:
    """A root folder with the places that system folders are mounted at."""
    for name in _SYSTEM:
        place, real = root / name, Path("/") / name
        if real.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        else:
            place.mkdir(parents=True, exist_ok=True)
    for name in _LINKS:
        (root / name).symlink_to(f"usr/{name}")
    for name in ("tmp", "wheels"):
        (root / name).mkdir()
    return root
