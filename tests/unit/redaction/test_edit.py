import re
import time
from dataclasses import replace

import pytest

from guardrail_gw.core.kept import Issue
from guardrail_gw.core.text import Entity, Finding, Segment, SegmentKind
from guardrail_gw.errors import Blocked
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.edit import Editor, Edits
from guardrail_gw.redaction.invented import surnames
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import Issuer
from guardrail_gw.redaction.restorer import Restorer
from guardrail_gw.redaction.surrogate import Surrogates
from tests.support.chat import KEY, PRINCIPAL, Told, policy

surnames()  # reads files once, before a loop runs
VALUES = {"Anna": "PERSON", "a@b.example": "EMAIL_ADDRESS"}


async def edited(
    *texts: str,
    values: dict[str, str] | None = None,
    actions: dict[str, Action] | None = None,
    score: float = 0.9,
) -> Edits:
    """Edit some texts."""
    segments = [Segment(text=t, place=f"/{i}") for i, t in enumerate(texts)]
    editor = Editor(
        segments=segments,
        policy=policy(actions),
        issuer=Issuer(key=KEY, principal=PRINCIPAL),
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
    )
    return editor.edits(
        await Told(VALUES if values is None else values, score=score).detect(segments)
    )


async def test_values_become_placeholders_and_come_back() -> None:
    """Restoring the outgoing text gives what came in."""
    text = "Anna (a@b.example) wrote to Anna."

    edits = await edited("hi", text)

    new = edits.replacements[1]
    assert re.fullmatch(r"(PERSON_\w{8}) \(EMAIL_ADDRESS_\w{8}\) wrote to \1\.", new)
    assert Restorer(edits.originals).restore(new) == text
    assert set(edits.replacements) == {1}
    assert edits.entities == {"PERSON": 2, "EMAIL_ADDRESS": 1}
    assert edits.rules == ("test/default",)


@pytest.mark.parametrize(
    ("texts", "is_all"),
    [
        (["Anna (a@b.example) wrote"], True),
        (["Anna (a@b.example) wrote", "no one"], True),
        (["A@B.EXAMPLE", "a@b.example"], False),
    ],
)
async def test_what_looked_for_values_is_handed_on_only_if_it_knows_all(
    texts: list[str], *, is_all: bool
) -> None:
    """Another spelling is a value as well, which is met only when the first is looked for."""
    edits = await edited(*texts)

    assert (edits.sought is not None) is is_all
    assert edits.sought is None or all(map(edits.sought.within, edits.values))


async def test_a_value_is_replaced_where_the_detector_missed_it() -> None:
    """Found once, replaced as a whole word everywhere, also in keys."""
    segments = [
        Segment(text="I am Anna", place="/0"),
        Segment(text="Anna", place="/1", kind=SegmentKind.KEY),
        Segment(text="annabel Annabel user_Anna", place="/2", kind=SegmentKind.KEY),
    ]
    editor = Editor(
        segments=segments,
        policy=policy(),
        issuer=Issuer(key=KEY, principal=PRINCIPAL),
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
    )

    edits = editor.edits(await Told(VALUES, prose_only=True).detect(segments))

    (token,) = edits.originals
    assert edits.replacements == {
        0: f"I am {token}",
        1: token,
        2: f"annabel Annabel user_{token}",
    }
    assert edits.entities == {"PERSON": 1}


async def test_usual_spellings_of_a_value_are_replaced_too() -> None:
    """An IBAN without spaces, a name in capitals, an e-mail in another case: each comes back."""
    iban = "DE89 3704 0044 0532 0130 00"
    text = f"{iban}, Anna Berg, a@b.example, May"
    other = "DE89370400440532013000 ANNA  BERG anna berg A@B.EXAMPLE MAY may"
    kinds = {
        iban: "IBAN_CODE",
        "Anna Berg": "PERSON",
        "a@b.example": "EMAIL_ADDRESS",
        "May": "PERSON",
    }

    edits = await edited(text, other, values=kinds)

    new = edits.replacements[1]
    assert re.sub(r"[A-Z]+_[A-Z0-9_]{8,}", "*", new) == "* * * * MAY may"
    assert Restorer(edits.originals).restore(new) == other
    assert {"ANNA  BERG", "anna berg", "DE89370400440532013000"} <= edits.values


async def test_what_was_issued_before_is_opaque() -> None:
    """Texts of one exchange that come again keep their placeholders; new values get new ones."""
    issuer = Issuer(key=KEY, principal=PRINCIPAL)
    token = issuer.placeholder(Entity("PERSON"), "Anna")
    segments = [Segment(text=f"{token} and Anna and PERSON and a@b.example", place="/0")]
    editor = Editor(
        segments=segments,
        policy=policy(),
        issuer=issuer,
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
    )
    seen = {**VALUES, "PERSON": "PERSON", token[:12]: "PERSON"}

    edits = editor.edits(await Told(seen).detect(segments))

    new = edits.replacements[0]
    assert new.startswith(f"{token} and {token} and PERSON_")
    assert edits.originals[token] == "Anna"
    assert Restorer(edits.originals).restore(new) == "Anna and Anna and PERSON and a@b.example"


async def test_actions_differ() -> None:
    """Allowed values stay, masked and redacted ones do not come back and are still protected."""
    edits = await edited(
        "Anna a@b.example Bonn 17",
        values={**VALUES, "Bonn": "LOCATION", "17": "AGE"},
        actions={
            "PERSON": Action.MASK,
            "EMAIL_ADDRESS": Action.REDACT,
            "LOCATION": Action.ALLOW,
        },
    )

    (token,) = edits.originals
    assert edits.replacements == {0: f"**** EMAIL_ADDRESS_REDACTED Bonn {token}"}
    assert edits.values == {"Anna", "a@b.example", "17"}
    assert edits.entities == {"PERSON": 1, "EMAIL_ADDRESS": 1, "LOCATION": 1, "AGE": 1}


async def test_a_blocked_entity_is_named_with_count_and_place() -> None:
    """The refusal says what and where, never the value."""
    with pytest.raises(Blocked) as refusal:
        await edited("x", "Anna, Anna", "a@b.example", actions={"PERSON": Action.BLOCK})

    assert "PERSON (2)" in refusal.value.detail
    assert "/1" in refusal.value.detail
    assert "Anna" not in refusal.value.detail + str(refusal.value.facts)
    assert refusal.value.facts == {
        "entities": {"EMAIL_ADDRESS": 1, "PERSON": 2},
        "rules": ["test/PERSON"],
    }


async def test_low_scores_are_not_personal_data() -> None:
    """Findings below the policy's score change nothing and count for nothing."""
    edits = await edited("Anna", score=0.4)

    assert (edits.replacements, edits.entities, edits.originals) == ({}, {}, {})


@pytest.mark.parametrize("form", ["{}", "x{}y", "{0} {0}"])
@pytest.mark.parametrize("joint", ["_", " ", "-", "\\_", "&#95;"])
@pytest.mark.parametrize("lower", [False, True])
async def test_an_imitated_placeholder_never_becomes_the_value(
    form: str, joint: str, *, lower: bool
) -> None:
    """A placeholder that somebody types, in any form that is restored, comes back as typed."""
    (token,) = (await edited("Anna")).originals
    imitation = form.format(token.replace("_", joint))
    typed = f"Anna is not {imitation.lower() if lower else imitation}"

    edits = await edited(typed)

    new = edits.replacements[0]
    assert new.count(token) == 1
    assert Restorer(edits.originals).restore(new) == typed
    assert edits.entities == {"PERSON": 1}


async def test_a_foreign_placeholder_is_a_literal() -> None:
    """Anything of the strict form is replaced, so that it cannot mean somebody else's value."""
    edits = await edited("see IBAN_CODE_7K2QX9MD", values={})

    (token,) = edits.originals
    assert token.startswith("LITERAL_")
    assert edits.originals[token] == "IBAN_CODE_7K2QX9MD"
    assert edits.entities == {}


async def test_ordinary_words_are_no_literals() -> None:
    """Names in code that only resemble the form are left alone."""
    edits = await edited("MAX_GREATEST SERVER_20240101 a_7k2qx9md the greatest", values={})

    assert edits.replacements == {}


async def test_edits_show_nothing() -> None:
    """The repr of the edits holds no user text."""
    assert "Anna" not in repr(await edited("Anna"))
    assert Entity("PERSON") in (await edited("Anna")).entities


def cost(number: int) -> float:
    """Seconds of computing for one text with so many findings."""
    values = [f"user{n}@corp{n % 97}.example, +49 30 {1000000 + n}" for n in range(number)]
    text = ", may ANNA be well, ".join(values)
    found: list[Finding] = []
    for value in values:
        start = text.index(value, found[-1].end if found else 0)
        end = start + len(value)
        entity = Entity("EMAIL_ADDRESS")
        found.append(Finding(start=start, end=end, entity=entity, score=1.0, recognizer="r"))
    editor = Editor(
        segments=[Segment(text=text, place="/0")],
        policy=policy(),
        issuer=Issuer(key=KEY, principal=PRINCIPAL),
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
    )
    before = time.process_time()
    edits = editor.edits([found])
    assert len(edits.originals) == number
    return time.process_time() - before


def test_the_cost_follows_the_number_of_findings() -> None:
    """Eight times the findings cost about eight times the work, far from sixty-four times."""
    few, many = (min(cost(count) for _ in range(3)) for count in (500, 4000))

    assert many < 24 * few


async def test_a_piece_of_a_value_is_replaced_only_where_it_stands() -> None:
    """Its text is ordinary elsewhere: neither replaced nor missed; it comes back."""
    texts = ["card 4111 1111", "1111 1111", "in 1111 1111 BC"]
    segments = [Segment(text=t, place=f"/{i}") for i, t in enumerate(texts)]
    editor = Editor(
        segments=segments,
        policy=policy(),
        issuer=Issuer(key=KEY, principal=PRINCIPAL),
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
    )
    card = Finding(
        start=0, end=9, entity=Entity("CREDIT_CARD"), score=1.0, recognizer="r", part=True
    )

    edits = editor.edits([[replace(card, start=5, end=14)], [card], []])

    restorer = Restorer(edits.originals)
    assert [restorer.restore(edits.replacements[i]) for i in (0, 1)] == texts[:2]
    assert set(edits.replacements) == {0, 1}
    assert edits.values == frozenset()


def held(**issued: tuple[str, str]) -> dict[str, Issue]:
    """What was issued earlier: placeholder -> entity and value."""
    return {t: Issue(entity=Entity(entity), value=value) for t, (entity, value) in issued.items()}


async def gone_on(
    *texts: str, earlier: dict[str, Issue], actions: dict[str, Action] | None = None
) -> Edits:
    """Edit some texts of a conversation."""
    segments = [Segment(text=t, place=f"/{i}") for i, t in enumerate(texts)]
    editor = Editor(
        segments=segments,
        policy=policy(actions),
        issuer=Issuer(key=KEY, principal=PRINCIPAL),
        irreversible=Irreversible(key=KEY, principal=PRINCIPAL),
        surrogates=Surrogates(key=KEY, principal=PRINCIPAL, segments=segments),
        held=earlier,
    )
    return editor.edits(await Told(VALUES).detect(segments))


async def test_a_value_of_an_earlier_turn_is_replaced_by_the_same() -> None:
    """Found again or missed this time, in whatever spelling; and all of it comes back."""
    earlier = held(PERSON_12345ABC=("PERSON", "Anna"), PERSON_ABCDEFG1=("PERSON", "Bert Maier"))

    edits = await gone_on("Anna met BERT MAIER", earlier=earlier)

    assert edits.replacements[0].startswith("PERSON_12345ABC met PERSON_")
    assert "MAIER" not in edits.replacements[0]
    assert Restorer(edits.originals).restore(edits.replacements[0]) == "Anna met BERT MAIER"
    assert Restorer(edits.originals).restore("PERSON_ABCDEFG1") == "Bert Maier"
    assert edits.kinds["PERSON_ABCDEFG1"] == "PERSON"


async def test_a_placeholder_of_an_earlier_turn_is_only_text() -> None:
    """In its own form and in those that restoring tolerates."""
    earlier = held(PERSON_12345ABC=("PERSON", "Bert"))
    text = "PERSON_12345ABC and person-12345abc"

    edits = await gone_on(text, earlier=earlier)

    assert "12345" not in edits.replacements[0]
    assert Restorer(edits.originals).restore(edits.replacements[0]) == text
    assert Restorer(edits.originals).restore("PERSON_12345ABC") == "Bert"


@pytest.mark.parametrize("action", [Action.TOKEN, Action.ALLOW])
async def test_a_text_that_only_imitates_an_earlier_placeholder_is_only_text(
    action: Action,
) -> None:
    """Also where nothing else changes, and where the policy lets the value pass by now."""
    earlier = held(PERSON_12345ABC=("PERSON", "Bert"))

    edits = await gone_on("person-12345abc", earlier=earlier, actions={"PERSON": action})

    assert "12345" not in edits.replacements.get(0, "person-12345abc")
    assert Restorer(edits.originals).restore(edits.replacements[0]) == "person-12345abc"


async def test_what_a_policy_lets_pass_by_now_is_looked_for_no_more() -> None:
    """What stands for it in earlier turns comes back all the same."""
    earlier = held(PERSON_12345ABC=("PERSON", "Anna"))

    edits = await gone_on("I am Anna", earlier=earlier, actions={"PERSON": Action.ALLOW})

    assert edits.replacements == {}
    assert Restorer(edits.originals).restore("PERSON_12345ABC") == "Anna"


async def test_what_a_policy_blocks_by_now_is_refused() -> None:
    """However often it was said before."""
    earlier = held(PERSON_12345ABC=("PERSON", "Anna"))

    with pytest.raises(Blocked):
        await gone_on("I am Anna", earlier=earlier, actions={"PERSON": Action.BLOCK})


async def test_a_surrogate_of_an_earlier_turn_is_not_given_to_another() -> None:
    """Every value has its own, over all turns."""
    actions = {"PERSON": Action.SURROGATE}
    first = await gone_on("Anna", earlier={}, actions=actions)
    (surrogate,) = first.originals
    taken = {surrogate: Issue(entity=Entity("PERSON"), value="Clara")}

    second = await gone_on("Anna", earlier=taken, actions=actions)

    assert second.replacements[0] != surrogate
    assert Restorer(second.originals).restore(surrogate) == "Clara"
    assert Restorer(second.originals).restore(second.replacements[0]) == "Anna"
