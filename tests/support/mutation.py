"""JSON with one thing changed in it."""

from typing import Any


def replaced(value: Any, member: str, strange: Any) -> None:
    """Put something strange in the place of every member of a name, and where there was none."""
    if isinstance(value, list):
        for each in value:
            replaced(each, member, strange)
    elif isinstance(value, dict):
        for name in value:
            if name == member:
                value[name] = strange
            else:
                replaced(value[name], member, strange)
        if member not in value:
            value.setdefault(member, strange)
