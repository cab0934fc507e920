"""Under what licence each package is, as an SPDX expression, and whether we may ship it."""

import re
from importlib.metadata import Distribution, distribution
from typing import Final

from deploy.recipe.lock import Locked

_SPELLED: Final = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "isc license": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
_READ: Final = {
    "blis": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
    "uvloop": "MIT OR Apache-2.0",
}
"""What the packages' licence files say, where their metadata is vague. Read on 2026-11-27."""
_SHIPPED: Final = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC"),
        *("MIT", "MIT-0", "PSF-2.0", "Zlib"),
        *("LGPL-2.1-or-later", "MPL-2.0"),  # used as they are, beside our code, and replaceable
    }
)
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_TEXTS: Final = re.compile(r"(?i)(?:^|/)(?:licen[cs]es?/|licen[cs]e|copying|notice)[^/]*$")


class UnknownLicence(Exception):  # noqa: N818 - the field's own word
    """A package of which nobody knows whether it may be shipped."""


def expression(package: Locked) -> str:
    """The SPDX expression of a package, from its installed metadata.

    Raises:
        UnknownLicence: the metadata says nothing clear, another version is installed, or it is a
            licence that nobody has looked at.
    """
    there = distribution(package.name)
    if there.version != package.version:
        raise UnknownLicence(f"{package.name}: {there.version} is installed, the lock says other")
    said = _field(there, "License-Expression") or _READ.get(package.name) or _told(there)
    words = set(_WORD.findall(said)) - {"AND", "OR", "WITH"}
    if not words or words - _SHIPPED:
        raise UnknownLicence(f"{package.name}: {said or 'no licence'}: look at it, and say so here")
    return said


def texts(package: Locked) -> dict[str, str]:
    """The licence texts and notices that its wheel carries, by name."""
    files = distribution(package.name).files or ()
    chosen = [each for each in files if ".dist-info/" in str(each) and _TEXTS.search(str(each))]
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(chosen)}


def _told(there: Distribution) -> str:
    """What the older fields say, in SPDX's spelling; several classifiers say nothing clear."""
    said = _field(there, "License")
    named = [
        line.rpartition("::")[2].strip()
        for line in there.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    if not said and len(named) == 1:
        said = named[0]
    return _SPELLED.get(said.lower(), said)


def _field(there: Distribution, name: str) -> str:
    return there.metadata[name].strip() if name in there.metadata else ""
