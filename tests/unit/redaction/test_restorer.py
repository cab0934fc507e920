import json

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.redaction.restorer import Restorer, Tail

TOKEN = "EMAIL_ADDRESS_7K2QX9MD"
VALUE = "anna@example.org"
ORIGINAL = 'An"na\\\n😀'
RESTORER = Restorer({TOKEN: VALUE, "PERSON_3F8NA2ZT": ORIGINAL})


def streamed(text: str, escape: str = "text") -> str:
    """Restore letter by letter."""
    tail = Tail(restorer=RESTORER, escape=escape)
    return "".join(tail.feed(c) for c in text) + tail.flush()


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        TOKEN.lower(),
        "Email_Address_7k2Qx9mD",
        "EMAIL ADDRESS 7K2QX9MD",
        "EMAIL-ADDRESS-7K2QX9MD",
        "EMAIL\\_ADDRESS\\_7K2QX9MD",
        "EMAIL&#95;ADDRESS&#95;7K2QX9MD",
        "EMAIL&#x5F;ADDRESS&lowbar;7K2QX9MD",
        "EMAIL\u00a0ADDRESS\u202f7K2QX9MD",
        "EMAIL\u2011ADDRESS\u20107K2QX9MD",
        "Email\u2013Address\u20137K2QX9MD",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "<{}>",
        "{}'s",
        "{}\u2019s",
        "{}s",
        "x{}x",
        "`{}`",
        "**{}**",
        "__{}__",
        "({}).",
        "我{}吗",
    ],
)
def test_changed_forms_are_restored(form: str, around: str) -> None:
    """Each mutation of the closed list, in any surroundings, whole and letter by letter."""
    text, expected = around.format(form), around.format(VALUE)

    assert RESTORER.restore(text) == expected
    assert streamed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "EMAIL_ADDRESS_7K2QX9ME",
        "EMAIL_ADDRESS_7K2QX9M",
        "EMAIL__ADDRESS_7K2QX9MD",
        "EMAILADDRESS7K2QX9MD",
        "EMAIL\nADDRESS\n7K2QX9MD",
        "EMAIL_ADDRESS\u200b_7K2QX9MD",
        "E-MAIL_ADDRESS_7K2QX9MD",
        "PHONE_7K2QX9MD",
        "7K2QX9MD",
        "EMAIL_ADDRES",
        "plain text",
        "",
    ],
)
def test_anything_else_is_left(text: str) -> None:
    """Other placeholders, cut ones and other changes stay as they are."""
    assert RESTORER.restore(text) == text
    assert streamed(text) == text


@pytest.mark.parametrize("form", [TOKEN, "email\\_address-7K2qx9md", "EMAIL&#95;ADDRESS 7K2QX9MD"])
def test_every_cut_gives_the_same(form: str) -> None:
    """A changed form is restored wherever a stream cuts it in three."""
    text = f"to **{form}**'s"

    for first in range(len(text)):
        for second in range(first, len(text)):
            tail = Tail(restorer=RESTORER, escape="text")
            pieces = (text[:first], text[first:second], text[second:])
            assert "".join(map(tail.feed, pieces)) + tail.flush() == f"to **{VALUE}**'s"


def test_misses_are_counted_once() -> None:
    """What is a placeholder and is not restored is counted, however the text arrives."""
    tail = Tail(restorer=RESTORER, escape="text")
    for char in f"PERSON_00000AAA and {TOKEN} and person_11111bbb, PERSONNE_3F8NA2ZT":
        tail.feed(char)
    tail.flush()

    assert (tail.restored, tail.missed) == (1, 3)


def test_values_are_escaped_within_json() -> None:
    """Quotes, backslashes, line ends and emoji keep JSON valid."""
    source = json.dumps({"to": "PERSON_3F8NA2ZT"})

    assert json.loads(streamed(source, "json")) == {"to": 'An"na\\\n😀'}


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_values_are_escaped_for_every_level_they_stand_in(times: int) -> None:
    """JSON in a string of JSON in a string stays JSON on every level, beside prose that stays."""
    source: object = {"PERSON_3F8NA2ZT": ["PERSON_3F8NA2ZT", "PERSON\\_3F8NA2ZT"]}
    for _ in range(times):
        source = json.dumps([source, "{PERSON_3F8NA2ZT"])

    got: object = streamed(str(source), "json")
    for _ in range(times):
        got, prose = json.loads(str(got))
        assert prose == "{" + ORIGINAL

    assert got == {ORIGINAL: [ORIGINAL, ORIGINAL]}


def test_an_escaped_underscore_in_json_is_understood() -> None:
    """A backslash that a model puts before `_` arrives doubled in JSON source."""
    source = json.dumps({"to": "PERSON\\_3F8NA2ZT"})

    assert json.loads(streamed(source, "json")) == {"to": 'An"na\\\n😀'}


def test_text_is_not_delayed_without_need() -> None:
    """Only what could still become a placeholder is held back, and no longer than that."""
    tail = Tail(restorer=RESTORER, escape="text")

    assert tail.feed("Dear ") == "Dear "
    assert tail.feed("PERS") == ""
    assert tail.feed("ia") == "PERSia"
    assert tail.feed("PERSON_3F8NA2Z") == ""
    assert tail.feed("T") == 'An"na\\\n😀'
    assert tail.feed("!") == "!"
    assert tail.feed("email addr") == ""
    assert tail.flush() == "email addr"
    assert tail.flush() == ""


def test_a_restored_value_is_not_looked_at_again() -> None:
    """A value that is a placeholder itself stays what it is."""
    restorer = Restorer({"LITERAL_1A2B3C4D": TOKEN, TOKEN: VALUE})

    assert restorer.restore("LITERAL_1A2B3C4D") == TOKEN


def test_surrogates_are_restored_beside_placeholders() -> None:
    """As whole words, in any case where it is several; the rest of a text is not held back."""
    restorer = Restorer({TOKEN: VALUE, "Robin Miller": "Anna Berg", "Robin": "Bob"})
    tail = Tail(restorer=restorer, escape="text")

    shown = [
        tail.feed(p) for p in ("Dear Rob", "in", " Mil", "ler, ", f"x{TOKEN}", " robin ", "Robin")
    ]

    assert shown == ["Dear ", "", "", "Anna Berg, ", f"x{VALUE}", " ", "robin "]
    assert tail.flush() == "Bob"
    assert (tail.restored, tail.missed) == (3, 0)


def test_a_restorer_of_nothing_leaves_everything() -> None:
    """Without originals restoring is the identity and holds nothing back."""
    tail = Tail(restorer=Restorer({}), escape="text")

    assert tail.feed(f"x {TOKEN}") == f"x {TOKEN}"
    assert tail.held == ""


def test_a_restorer_shows_no_value() -> None:
    """The repr of what holds originals does not show them."""
    assert VALUE not in repr(RESTORER) + repr(Tail(restorer=RESTORER, escape="text", held=VALUE))


FORMS = st.lists(
    st.sampled_from(
        [
            *(TOKEN, TOKEN.lower(), TOKEN.replace("_", "\\_"), TOKEN.replace("_", "&#95;")),
            *(
                "Robin",
                "ROBIN",
                "robin miller",
                "Robin  Miller",
                "Robin Miller",
                "PERSON_",
                TOKEN[:-1],
            ),
            *("x", " ", "_", "\0", "ß", "İ", "\u017f", "PERSON", "\n"),
        ]
    ),
    max_size=6,
).map("".join)


@given(texts=st.lists(FORMS, max_size=5))
def test_many_texts_are_restored_as_each_is(texts: list[str]) -> None:
    """Looking through texts as one finds and restores in each what doing it alone does."""
    restorer = Restorer({TOKEN: VALUE, "Robin": "Bob", "Robin Miller": "Anna Berg"})

    assert restorer.scan_all(texts) == [restorer.scan(text)[0] for text in texts]
    assert restorer.restore_all(texts) == [restorer.restore(text) for text in texts]


def test_letters_that_become_two_do_not_move_what_follows() -> None:
    """A text in which capitals take more room is restored at the right places."""
    text = f"Straße İ ŉ {TOKEN.lower()} ﬁ {TOKEN}"

    assert RESTORER.restore(text) == f"Straße İ ŉ {VALUE} ﬁ {VALUE}"
