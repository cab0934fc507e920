"""Persons who speak in a dialogue."""

import pytest

from guardrail_gw.detection.rules.speaker import find


def found(text: str) -> list[str]:
    """Who speaks."""
    return [text[each.start : each.end] for each in find(text)]


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ('Wobb: "Who is it?"\nKatarzyna:"Me."', ["Wobb", "Katarzyna"]),
        ("Katarzyna: What a day.\nDestiny: Remember me, Wobb?", ["Katarzyna", "Destiny"]),
        (
            "[9:05] Wobb: Hello?\n[9:06] Katarzyna: Hi!\n[9:06] Wobb: At last.",
            ["Wobb", "Katarzyna", "Wobb"],
        ),
        (
            "**Van Wobb:** Are you?\n**Katarzyna:** No.\n**Van Wobb:** Oh.",
            ["Van Wobb", "Katarzyna", "Van Wobb"],
        ),
        ("> Katarzyna : « Où es-tu ? »\n> Quill : « Ici. »", ["Katarzyna", "Quill"]),
        (
            "Katarzyna: Can we ship?\nJohnson: We can.\nOpen: Where is the list?",
            ["Katarzyna", "Johnson"],
        ),
    ],
)
def test_everybody_speaks_where_one_known_person_does(text: str, speakers: list[str]) -> None:
    """In quotes, with a name of the lists, or more than once; behind times and marks."""
    assert found(text) == speakers


@pytest.mark.parametrize(
    "text",
    [
        "Quill: Are you in?\nWobb: Not yet.",
        "Katarzyna: Are you in?",
        "Katarzyna: 34\nWobb: B",
        "Wobb: I say.\nWobb: I do say.",
        "User: Where is Katarzyna?\nAssistant: She is not here.",
        "Katarzyna: Are you in?\nNote: She was not.",
        "Katarzyna: Are you in?\nNorway: They are not.",
        "Katarzyna: see https://example.com/\nWobb: see https://example.com/",
    ],
)
def test_other_lines_with_colons_are_no_dialogue(text: str) -> None:
    """Nobody known, one line, no sentences, roles, notes, places and addresses of pages."""
    assert found(text) == []
