"""What records say of people: under which keys a name is, and where it is not."""

from dataclasses import replace

import orjson
import pytest

from guardrail_gw.audit.facts import Asked, intent_allowed, intent_refused
from guardrail_gw.audit.keyring import NO_KEYS, Keys
from guardrail_gw.audit.record import Draft, RowKey, canonical
from guardrail_gw.core.plan import Plan
from guardrail_gw.policy.policy import Detail
from tests.support.audit_world import placed
from tests.support.kept_content import inbound_of, obeyed

_ROW = RowKey(sid="0a" * 16, suite=1, x25519=bytes(32))
_ASKED = inbound_of("erika", "words")


def _names(draft: Draft) -> bool:
    return b"erika" in b"%r" % ((draft.sealed, dict(draft.clear)),)


@pytest.mark.parametrize("keys", [NO_KEYS, Keys(identity=_ROW)], ids=["tenant", "person"])
def test_a_name_is_in_one_place(keys: Keys) -> None:
    """With a key for it, a name is under that key only, and without one in the metadata."""
    drafts = [
        intent_allowed(_ASKED, placed(_ASKED), obeyed(Detail.METADATA), keys),
        intent_refused(_ASKED.arrival, None, Asked(inbound=_ASKED, keys=keys), None, None),
    ]

    for draft in drafts:
        assert _names(draft) is (keys.identity is None)
        if draft.identity is not None:
            said = orjson.loads(draft.identity.data)
            assert said == {"user": "erika", "key": "key-of-erika"}
        assert (draft.identity is not None) is (keys.identity is not None)


def test_without_a_register_a_refusal_has_no_name() -> None:
    """When no key can be had for a name, the record of a refusal leaves it out."""
    draft = intent_refused(_ASKED.arrival, None, Asked(inbound=_ASKED, keys=None), None, None)

    assert not _names(draft)
    assert draft.identity is None
    assert orjson.loads(draft.sealed or b"")["tenant"] == "acme"


def test_content_is_under_the_row() -> None:
    """Content of either detail goes under the row that was found for it."""
    for detail in (Detail.REDACTED, Detail.FULL):
        draft = intent_allowed(_ASKED, placed(_ASKED), obeyed(detail), Keys(content=_ROW))

        assert draft.content is not None
        assert draft.content.row == _ROW


def test_each_place_is_its_own() -> None:
    """Deployments of one provider are on record with the countries of each, whatever came first."""
    known = placed(_ASKED)
    other = replace(known.lawful[0], id="fr-1", inference=frozenset({"FR", "CH"}))
    both = replace(known, lawful=(*known.lawful, other))

    for _ in range(2):
        draft = intent_allowed(_ASKED, both, obeyed(Detail.METADATA))
        said = orjson.loads(draft.sealed or b"")
        assert said["places"] == {
            "eu-1": {"provider": "standin", "inference": ["DE"], "storage": ["DE"]},
            "fr-1": {"provider": "standin", "inference": ["CH", "FR"], "storage": ["DE"]},
        }
        assert draft.sealed == canonical(said)


def test_a_plan_is_its_own() -> None:
    """Two plans that say other things are on record as they are, however alike."""
    (deployment,) = placed(_ASKED).lawful
    plans = [Plan(order=(deployment,), scores=(score,)) for score in (1.0, 2.0)]

    said = [
        orjson.loads(
            intent_allowed(_ASKED, placed(_ASKED), obeyed(Detail.METADATA), plan=plan).sealed or b""
        )["plan"]
        for plan in (*plans, *plans)
    ]

    assert [each["order"] for each in said] == [[["eu-1", "1"]], [["eu-1", "2"]]] * 2
