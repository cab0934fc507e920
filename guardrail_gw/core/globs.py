"""Patterns in which people name callers, endpoints and deployments."""


def fits(glob: str, name: str) -> bool:
    """Whether `name` fits a pattern in which `*` is any text, and nothing else is special."""
    first, *rest = glob.split("*")
    if not rest:
        return glob == name
    *middle, last = rest
    at, end = len(first), len(name) - len(last)
    if not (name.startswith(first) and name.endswith(last)):
        return False
    for part in middle:  # leftmost is enough, and needs no backtracking
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end
