"""Names of beta features: words of a closed list, and the day on which it was first offered.

The header that lists them is the client's, so a name in it could be anybody's: of the shape alone
`anna-schmidt-2026-05-12` is a feature like any other. New features are mostly made of old words,
so words are listed and not names.

Source: the names in Anthropic's SDK for Python 2.14.0 (`anthropic_beta_param`), those that Claude
Code 2.1 sends, and Anthropic's documentation of earlier features, as read in 2026.
"""

import re
from datetime import date
from typing import Final

_WORDS: Final = """
    128k 1m 300k 3 5 adaptive admin advanced advisor agent agents analytics api at batches
    billing binding budgets cache caching ce changes claude clear client code compact computer
    config context controls conversation cost count counting credit data destinations dev
    diagnosis display dreaming efficient effort efs examples exceeded execution experimental
    extended fallback fast fetch files fine full google grained inline interleaved limit managed
    management max mcp memory message mid mode model oauth out output outputs pdfs plugins
    profiles prompt reads redact results scope search server settings side sign skills sonnet
    spend streaming structured system tag task telemetry thinking threads token tokens tool
    tools ttl tunnels updates usage use user web webhooks window
"""
WORDS: Final = frozenset(_WORDS.split())

_DATED: Final = re.compile(
    r"(?P<words>[a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){0,7})-"
    r"(?P<year>20[0-9]{2})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR: Final = 2023
"""Nothing was offered before."""


def is_dated(name: str) -> bool:
    """Whether a name has the form of a feature's: words and a day that there is."""
    match = _DATED.fullmatch(name)
    return match is not None and is_day(f"{match['year']}-{match['month']}-{match['day']}")


def is_day(text: str) -> bool:
    """Whether it is a day, YYYY-MM-DD, on which something could have been offered."""
    if not _DAY.fullmatch(text):
        return False
    try:
        return date.fromisoformat(text).year >= _FIRST_YEAR
    except ValueError:
        return False


def is_known(name: str) -> bool:
    """Whether a dated name is made of the words of features only."""
    match = _DATED.fullmatch(name)
    return match is not None and WORDS.issuperset(match["words"].split("-"))
