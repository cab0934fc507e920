"""Check digits that several identifiers share."""

from collections.abc import Iterable, Sequence

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
