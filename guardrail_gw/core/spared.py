"""Modules that libraries import for what nobody here asks of them, and that are not loaded.

A library that counts brings a server, one that serves HTTP a command line, one that tells numbers
apart a browser for documentation: each takes memory in every process, and time to load. While such
a library is imported, a stand-in is in the place of what it would import; afterwards it is as if
nobody had, so that whoever really needs the module gets it.

What is taken from a stand-in may be derived from and compared with. Whoever would use it is told
that it is not there: nothing here goes on without what it needs.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

Spared = Mapping[str, Mapping[str, Any] | None]
"""A module -> what of it is used nevertheless; None: it is as if it were not installed."""


class Absent:
    """What stands in for a class or a function."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Raises RuntimeError."""
        raise RuntimeError("this part of a library is not loaded (core/spared.py)")


def _nothing(**_: object) -> tuple[()]:
    return ()


def _folder(package: str) -> Path:
    place = sys.modules[package].__file__
    if place is None:
        raise ModuleNotFoundError(f"{package} is in no file", name=package)
    return Path(place).parent


IN_GATEWAY: Final[Spared] = {
    # aiohttp.web has a command line
    "argparse": {},
    # aiohttp looks for proxies in the environment where it is told to, and nobody tells it to;
    # prometheus_client can serve what it counts, and push it
    "urllib.request": {},
    "http.server": {},
    "socketserver": {},
    "wsgiref.simple_server": {},
    # pydantic can have fields that are time zones, and plugins, which would see every configuration
    "zoneinfo": {},
    "importlib.metadata": {"entry_points": _nothing},
    # structlog writes tracebacks with it, which are never written here
    "rich": None,
}
BY_RULES: Final[Spared] = {
    # python-stdnum can ask services on the network, and read its own documentation; it reads its
    # files as if they could lie in an archive
    "ssl": {},
    "pydoc": {},
    "importlib.resources": {"files": _folder},
}
BY_SCHEMAS: Final[Spared] = {
    # jsonschema tells international addresses by a grammar that takes a second to make
    "rfc3987": None,
    "rfc3987_syntax": None,
}


@contextmanager
def spared(modules: Spared) -> Iterator[None]:
    """Have stand-ins in the place of those that nobody has imported yet, until the block ends."""
    missing = [name for name in modules if name not in sys.modules]
    for name in missing:
        _put(name, modules[name])
    try:
        yield
    finally:
        for name in missing:
            _take(name)


def _put(name: str, used: Mapping[str, Any] | None) -> None:
    if used is None:
        sys.modules[name] = None  # type: ignore[assignment] # importlib's way to say no
        return
    module = ModuleType(name, "Stands in for a module that nobody needs.")
    module.__dict__.update(used, __getattr__=_absent)
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(import_module(parent), child, module)  # as importing it would
    sys.modules[name] = module


def _take(name: str) -> None:
    del sys.modules[name]
    parent, _, child = name.rpartition(".")
    if parent and hasattr(sys.modules[parent], child):
        delattr(sys.modules[parent], child)


def _absent(name: str) -> type[Absent]:
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (Absent,), {})
