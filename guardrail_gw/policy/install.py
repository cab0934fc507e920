"""Puts a policy folder where a gateway reads it, in one step, as Kubernetes does with a ConfigMap.

    policies/..7-x2f9/crm.yaml    the files
    policies/..data -> ..7-x2f9   the one link that is swapped
    policies/crm.yaml -> ..data/crm.yaml

Whoever reads sees the former files or the new ones, whenever the power goes.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.source import DATA, settled

_FOLDER, _FILE = 0o755, 0o644


def install(source: Path, target: Path, label: str) -> Path:
    """Copy the visible files of `source` and swap the link.

    Args:
        source: the policies, their cases and their bundle.
        target: the folder that the gateway reads; made if missing.
        label: begins the name of the folder for the files: the serial.

    Returns:
        The folder with the files.

    Raises:
        ConfigError: a file cannot be read or written, or `target` holds files of its own.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        if source.resolve() == target.resolve():
            raise ConfigError(f"{target}: is the folder that the gateway reads; sign a copy of it")
        _refuse_own(target)
        former = settled(target)
        version = _copied(settled(source), target, label)
        _swap(target, version)
        _name(target, version)
        _tidy(target, {version, former})
    except OSError as error:
        raise ConfigError(f"{error.filename or target}: {error.strerror}") from None
    return version


def _visible(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith("."))


def _refuse_own(target: Path) -> None:
    own = [each.name for each in _visible(target) if not each.is_symlink()]
    if own:
        raise ConfigError(
            f"{target}: holds {own[0]} and perhaps more as files of its own; move them to where"
            " policies are written and signed"
        )


def _copied(source: Path, target: Path, label: str) -> Path:
    version = Path(tempfile.mkdtemp(prefix=f"..{label}-", dir=target))
    for path in _visible(source):
        copy = version / path.name
        shutil.copyfile(path, copy)
        copy.chmod(_FILE)
        _sync(copy)
    version.chmod(_FOLDER)
    _sync(version)
    return version


def _swap(target: Path, version: Path) -> None:
    link = target / f"{version.name}.link"
    link.symlink_to(version.name)
    link.replace(target / DATA)
    _sync(target)


def _name(target: Path, version: Path) -> None:
    """Show the files under their names, for people."""
    names = {each.name for each in _visible(version)}
    for stale in _visible(target):
        if stale.name not in names:
            stale.unlink()
    for name in names:
        if not (target / name).is_symlink():
            (target / name).symlink_to(f"{DATA}/{name}")


def _tidy(target: Path, kept: Iterable[Path]) -> None:
    """Remove the versions before the former one."""
    names = {each.name for each in kept}
    for each in target.glob("..*"):
        if each.is_dir() and not each.is_symlink() and each.name not in names:
            shutil.rmtree(each)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
