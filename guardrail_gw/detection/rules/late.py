"""Patterns that few texts need: compiling all of them would be felt at every start."""

import re
from collections.abc import Callable
from functools import cache


def late(pattern: str) -> Callable[[], re.Pattern[str]]:
    """A pattern that is compiled when a text first needs it."""
    return cache(lambda: re.compile(pattern))
