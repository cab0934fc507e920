"""What people write where a secret belongs: names of variables, examples, dots.

A value that stands for a secret is none; blocking it would stop every question about configuration.
"""

import re

_SHAPE = re.compile(
    r"[$%{<\[(#@].*[}>\])%]?|\*+|\.{3,}|[xX*._-]{4,}|(?:[A-Z][A-Z0-9]*_)+[A-Z0-9]+|(.)\1{5,}.*"
    r"|[a-z]{2,}\.[a-z_.]+\(?.*|(?:process\.|os\.)?env[.\[].*"
)
_WORD = re.compile(
    r"(?:^|[-_. ])(?:your|example|sample|dummy|placeholder|changeme|change[-_]me|redacted|"
    r"insert|todo|replace|here|"
    r"fake|none|null|undefined|true|false|string|password|passwd|secret|apikey|"
    r"api[-_]key)(?:$|[-_. ])|x{8,}|0{12,}",
    re.IGNORECASE,
)
"""Whole words between separators: within a random string they come up by chance."""
_WORDY = re.compile(r"(?:[a-z]{1,12}[-_]){3,}[a-z]{1,12}")
_PREFIX = re.compile(r"[A-Za-z]{2,6}[-_]")


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for a secret instead of being one."""
    bare = _PREFIX.sub("", value, count=1)
    return bool(
        _SHAPE.fullmatch(value)
        or _SHAPE.fullmatch(bare)
        or _WORD.search(value)
        or _WORDY.fullmatch(bare)
    )
