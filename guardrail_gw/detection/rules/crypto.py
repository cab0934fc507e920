"""Wallet addresses of crypto currencies, by the check value each carries.

Source: Base58Check version bytes as the currencies' own source lists them (chainparams); BIP 173
and BIP 350; EIP-55. Four check bytes leave no chance, so these score 1.0. An Ethereum address in
one case has no check, nor have Solana's and Monero's short forms: a word beside them must help.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.wallet_checks import (
    RIPPLE,
    base58,
    base58_payload,
    is_bech32,
    is_eip55,
)

ENTITY = Entity("CRYPTO")

_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"0x(?P<hex>[0-9A-Fa-f]{40})"
    r"|(?P<bech32>(?:bc|tb|ltc|addr|cosmos)1[02-9ac-hj-np-z]{11,100}"
    r"|(?:BC|TB|LTC)1[02-9AC-HJ-NP-Z]{11,87})"
    r"|(?P<monero>[48][1-9A-HJ-NP-Za-km-z]{94}(?:[1-9A-HJ-NP-Za-km-z]{11})?)"
    r"|(?P<base58>[1-9A-HJ-NP-Za-km-z]{25,44})"
    r")(?![A-Za-z0-9])"
)
_VERSIONS = frozenset(
    {
        b"\x00",  # Bitcoin
        b"\x05",  # Bitcoin, Litecoin (script)
        b"\x30",  # Litecoin
        b"\x32",  # Litecoin (script)
        b"\x1e",  # Dogecoin
        b"\x16",  # Dogecoin (script)
        b"\x4c",  # Dash
        b"\x10",  # Dash (script)
        b"\x41",  # Tron
        b"\x1c\xb8",  # Zcash
        b"\x1c\xbd",  # Zcash (script)
    }
)
_HASH_BYTES, _SOLANA_BYTES = 20, 32
_CONTEXT = listed(
    "wallet, crypto, btc, bitcoin, eth, ethereum, ether, usdt, usdc, solana, sol, monero, xmr, "
    "erc20, brieftasche, portefeuille, cartera, portafoglio, portemonnee, portfel, plånbok"
)


def find(text: str) -> Iterator[Finding]:
    """Yield addresses: 1.0 when checked, 0.75 by shape and context, 0.45 for bare Ethereum."""
    for match in _ADDRESS.finditer(text):
        start, end = match.span()
        if score := _checked(match) or _shaped(match, is_near=near(text, start, end, _CONTEXT)):
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="crypto")


def _checked(match: re.Match[str]) -> float:
    written = match.group()
    if (digits := match["hex"]) is not None:
        is_right = digits not in {digits.lower(), digits.upper()} and is_eip55(digits)
    elif match["bech32"]:
        is_right = is_bech32(written)
    else:
        is_right = bool(match["base58"]) and _is_base58check(written)
    return 1.0 if is_right else 0.0


def _is_base58check(written: str) -> bool:
    if written[0] == "r":
        return base58_payload(written, RIPPLE) is not None
    payload = base58_payload(written)
    return payload is not None and payload[:-_HASH_BYTES] in _VERSIONS


def _shaped(match: re.Match[str], *, is_near: bool) -> float:
    """Without a check value: the case of an Ethereum address, the length of Solana's."""
    if (digits := match["hex"]) is not None:
        plain = digits in {digits.lower(), digits.upper()} and len(set(digits)) > 6  # noqa: PLR2004 - no mask such as ffff...
        return (0.75 if is_near else 0.45) if plain else 0.0
    if match["monero"]:
        return 0.9
    if match["base58"] and is_near and len(base58(match.group())) == _SOLANA_BYTES:
        return 0.75
    return 0.0


RULE = Rule(
    name="crypto",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(unbroken=14),
    chance=2**-32,
    valid=(
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "bitcoin:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy?amount=1",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "ETH 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    ),
    invalid=(
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
        "0xffffffffffffffffffffffffffffffffffffffff",
        "d41d8cd98f00b204e9800998ecf8427e",
        "AVeryLongNameWithoutAnyMeaning",
    ),
)
