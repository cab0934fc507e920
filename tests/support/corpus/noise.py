"""How much a measured share may differ by chance alone."""

from math import sqrt

Z = 2.576
"""Both bounds together leave out 1 % of what chance does."""


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The interval in which the true share lies, by Wilson's score (1927).

    Unlike the usual normal approximation it is right near 0 and 1, where recall is.
    """
    if not count:
        return 0.0, 1.0
    share, square = hits / count, Z * Z / count
    middle = (share + square / 2) / (1 + square)
    spread = Z / (1 + square) * sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, middle - spread), min(1.0, middle + spread)
