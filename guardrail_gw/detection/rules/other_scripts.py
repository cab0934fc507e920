"""Whether a text has letters beyond the Latin alphabet, at next to no cost where it has none.

Source: the blocks of Unicode 16. Most texts are ASCII or Latin-1, which Python knows without
looking, or finds out far faster than a pattern would.
"""

from guardrail_gw.detection.rules.late import late

_BEYOND = late(r"[\u0370-\u1dff\u3040-\ud7ff]")
"""From Greek to the last script before phonetic letters, and from Kana to Hangul."""


def has_other_script(text: str) -> bool:
    """Whether a letter may stand in `text` that no Latin alphabet has."""
    if text.isascii():
        return False
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return _BEYOND().search(text) is not None
    return False
