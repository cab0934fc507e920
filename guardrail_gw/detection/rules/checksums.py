"""Check digits that several identifiers share."""

from collections.abc import Iterable, Sequence

_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, at most."""
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def digits(text: str) -> list[int]:
    """The ASCII digits of `text`, in order."""
    return [int(character) for character in text if "0" <= character <= "9"]


def luhn(number: Sequence[int]) -> bool:
    """ISO/IEC 7812-1:2017, annex B: doubled every second digit from the right, sum ends in 0."""
    plain, doubled = number[-1::-2], number[-2::-2]
    return (sum(plain) + sum(_DOUBLED[digit] for digit in doubled)) % 10 == 0


def weighted(number: Iterable[int], weights: Iterable[int]) -> int:
    """The sum of digit times weight; both must be of one length."""
    return sum(digit * weight for digit, weight in zip(number, weights, strict=True))


def cross_summed(written: str, weights: Iterable[int]) -> int:
    """The sum of the products' own digits; both must be of one length."""
    return sum(
        sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(written, weights, strict=True)
    )


def document(written: str, weights: Iterable[int]) -> int:
    """The weighted sum of letters and digits, A as 10 to Z as 35 (ICAO Doc 9303-3, 4.9)."""
    return weighted((int(character, 36) for character in written), weights)


def travel_document(number: str) -> bool:
    """ICAO Doc 9303-3, 4.9: weights 7 3 1, the last digit is the sum modulo 10."""
    body = number[:-1]
    weights = ((7, 3, 1) * len(body))[: len(body)]
    return document(body, weights) % 10 == int(number[-1])


def dated(day: str | int, month: str) -> bool:
    """Whether there may be such a day: the year is often not known."""
    return 1 <= int(month) <= len(_LONGEST) and 1 <= int(day) <= _LONGEST[int(month) - 1]
