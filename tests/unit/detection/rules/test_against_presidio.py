"""Our rules for wallets and hardware addresses beside Presidio's recognizers for the same.

Where they differ, by design: Presidio takes a wallet or a hardware address out of the middle of a
longer string, reports its checked wallets without knowing other currencies, and takes an address of
six octets out of one of eight.
"""

from hashlib import sha256

from hypothesis import given, strategies as st

from guardrail_gw.detection import presidio
from guardrail_gw.detection.rules import crypto, mac_address
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.detection.rules.wallet_checks import BITCOIN

THEIRS = {
    rule.name: rule
    for rule in presidio.load(
        names=("CryptoRecognizer", "MacAddressRecognizer"), files=(), timeout_s=5
    )
}
OCTETS = st.lists(st.sampled_from([f"{i:02x}" for i in range(256)]), min_size=6, max_size=6)


def spans(rule: Rule, text: str) -> list[tuple[int, int]]:
    """Where the rule finds something."""
    return sorted((finding.start, finding.end) for finding in rule.find(text))


def wallet(version: int, digest: bytes) -> str:
    """A Base58Check address."""
    payload = bytes([version]) + digest
    raw = payload + sha256(sha256(payload).digest()).digest()[:4]
    number, written = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        written = BITCOIN[digit] + written
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + written


@given(version=st.sampled_from([0, 5]), digest=st.binary(min_size=20, max_size=20))
def test_a_bitcoin_address_is_found_by_both(version: int, digest: bytes) -> None:
    """Any address whose check bytes are right is found, whole, by their recognizer and ours."""
    text = f"pay {wallet(version, digest)} now"

    assert spans(crypto.RULE, text) == spans(THEIRS["CryptoRecognizer"], text) != []


@given(digest=st.binary(min_size=20, max_size=20), at=st.integers(1, 24))
def test_a_misprinted_bitcoin_address_is_found_by_neither(digest: bytes, at: int) -> None:
    """One letter changed, and the check fails for both."""
    right = wallet(0, digest)
    other = "2" if right[at] != "2" else "3"
    text = f"pay {right[:at]}{other}{right[at + 1 :]} today"

    assert spans(crypto.RULE, text) == spans(THEIRS["CryptoRecognizer"], text) == []


@given(octets=OCTETS, separator=st.sampled_from(":-"))
def test_six_octets_are_found_by_both(octets: list[str], separator: str) -> None:
    """Any six octets with one separator are found by both, but for all zeros and all ones."""
    text = f"from {separator.join(octets)} to"

    assert spans(mac_address.RULE, text) == spans(THEIRS["MacAddressRecognizer"], text)


@given(octets=OCTETS)
def test_three_groups_of_four_are_found_by_both(octets: list[str]) -> None:
    """The form of network equipment is found by both."""
    digits = "".join(octets)
    text = f"from {digits[:4]}.{digits[4:8]}.{digits[8:]} to"

    assert spans(mac_address.RULE, text) == spans(THEIRS["MacAddressRecognizer"], text)


def test_six_octets_of_eight_are_ours_alone_to_leave() -> None:
    """They report the first six of eight octets; an EUI-64 or a part of IPv6 is no EUI-48."""
    text = "00:1a:2b:3c:4d:5e:6f:70"

    assert spans(mac_address.RULE, text) == []
    assert spans(THEIRS["MacAddressRecognizer"], text) == [(0, 17)]
