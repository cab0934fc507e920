"""Rows: who opens them, and that what is sealed to them is bound to its place."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from guardrail_gw.audit.record import canonical, parse_json
from guardrail_gw.audit.rows import chain_of_row, make_row, open_row, open_row_chain
from guardrail_gw.audit.seal import Epoch, SealError, open_epoch
from guardrail_gw.keys.private import HybridKey, RecipientKey
from guardrail_gw.keys.recipients import Reach, Recipient

_NAMES = ("auditor", "dpo", "soc")
_GROUPS = {"auditor": "review", "dpo": "privacy", "soc": "operations"}


def _people(suite: int) -> tuple[dict[str, RecipientKey], tuple[Recipient, ...]]:
    keys: dict[str, RecipientKey] = {}
    recipients = []
    for name in _NAMES:
        key = HybridKey.generate() if suite > 1 else X25519PrivateKey.generate()
        keys[name] = key
        x25519 = key.x25519 if isinstance(key, HybridKey) else key
        mlkem = key.mlkem.public_key().public_bytes_raw() if isinstance(key, HybridKey) else None
        recipients.append(
            Recipient(
                name=name,
                group=_GROUPS[name],
                reach=Reach.METADATA if name == "soc" else Reach.FULL,
                public=x25519.public_key().public_bytes_raw(),
                mlkem=mlkem,
            )
        )
    return keys, tuple(recipients)


def _epoch(recipients: tuple[Recipient, ...], suite: int) -> Epoch:
    return open_epoch(
        origin="log.example/1", number=4, first_seq=0, recipients=recipients, suite=suite
    )


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize(
    ("reach", "names", "opens"),
    [
        (Reach.METADATA, ("soc",), True),
        (Reach.REDACTED, ("soc",), False),
        (Reach.REDACTED, ("dpo",), True),
        (Reach.FULL, ("auditor",), False),
        (Reach.FULL, ("auditor", "soc"), False),
        (Reach.FULL, ("dpo", "auditor"), True),
    ],
)
def test_who_opens_a_row(suite: int, reach: Reach, names: tuple[str, ...], *, opens: bool) -> None:
    """By its level: whoever reads metadata, whoever reads redacted, two of different groups."""
    keys, recipients = _people(suite)
    row = make_row(recipients, reach, suite)

    private = open_row(row.key.sid, row.sealed, [keys[name] for name in names])

    assert (private is not None) is opens
    if private is not None:
        assert isinstance(private, HybridKey) is (suite == 2)


@pytest.mark.parametrize("suite", [1, 2])
def test_a_chain_opens_in_its_place_only(suite: int) -> None:
    """Not in another epoch, log or row, not altered, and not under another commitment."""
    keys, recipients = _people(suite)
    row, other = (make_row(recipients, Reach.REDACTED, suite) for _ in range(2))
    private = open_row(row.key.sid, row.sealed, [keys["dpo"]])
    strange = open_row(other.key.sid, other.sealed, [keys["dpo"]])
    assert private is not None
    assert strange is not None
    chain, made = chain_of_row(_epoch(recipients, suite), row.key)
    assert made is not None
    said, place, sid = {"kc": made.committed, "key": made.key}, ("log.example/1", 4), row.key.sid

    opened = open_row_chain(said, place, sid, private)

    assert opened.take(1, b"s") == chain.take(1, b"s")
    for changed in (
        (said, ("log.example/1", 5), sid, private),
        (said, ("log.example/2", 4), sid, private),
        (said, place, other.key.sid, private),
        (said, place, sid, strange),
        (said | {"kc": "0" * 64}, place, sid, private),
        (said | {"key": made.key[:-2] + "00"}, place, sid, private),
        (said | {"key": "no hex"}, place, sid, private),
        ({"kc": made.committed}, place, sid, private),
    ):
        with pytest.raises(SealError):
            open_row_chain(*changed)


def test_a_chain_begins_once_in_an_epoch() -> None:
    """The second content of a row goes on with its chain; another epoch begins another."""
    _, recipients = _people(1)
    row, epoch = make_row(recipients, Reach.REDACTED, 1), _epoch(recipients, 1)

    first, made = chain_of_row(epoch, row.key)
    second, again = chain_of_row(epoch, row.key)
    _, elsewhere = chain_of_row(_epoch(recipients, 1), row.key)

    assert first is second
    assert (made is not None, again) == (True, None)
    assert elsewhere is not None
    assert made is not None
    assert elsewhere.committed != made.committed


@pytest.mark.parametrize("damage", ["moved", "swapped", "shortened", "empty"])
def test_a_row_is_bound_to_its_sid(damage: str) -> None:
    """A private half under another sid, another's, or a part of it, is refused."""
    keys, recipients = _people(1)
    row, other = (make_row(recipients, Reach.REDACTED, 1) for _ in range(2))
    said = parse_json(row.sealed)
    sid = row.key.sid
    if damage == "moved":
        sid = other.key.sid
    elif damage == "swapped":
        said["key"]["dpo"] = parse_json(other.sealed)["key"]["dpo"]
    elif damage == "shortened":
        said["key"]["dpo"] = said["key"]["dpo"][:-2]
    else:
        said = {"key": {}}

    with pytest.raises(SealError):
        open_row(sid, canonical(said), [keys["dpo"]])
