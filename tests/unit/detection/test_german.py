"""Which texts are German."""

import pytest

from guardrail_gw.detection.german import is_german


@pytest.mark.parametrize(
    "text",
    [
        "Der Zug ist heute nicht pünktlich, und auch der Bus fährt ein wenig später.",
        "Kundmachung: Bewilligung der Vereinigung, Lindengasse 12",
        "Die Freiheit und die Gesellschaft: eine Einführung",
    ],
)
def test_words_and_endings_tell_german(text: str) -> None:
    """Prose by its small words, headings and lists by the endings of nouns and streets."""
    assert is_german(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "und",
        "The train is late today, and the bus will not be here before noon.",
        "De trein is vandaag te laat en de bus komt ook niet voor de middag, zei de man.",
        "Toget er forsinket i dag, og bussen kommer ikke før middag, sagde manden til os.",
        "Le train est en retard aujourd'hui et le bus ne viendra pas avant midi, dit-il.",
        "The word und is German, and so is " + "everything that was said about it here " * 6,
        "Samsung and Nachtmusik in 2021",
    ],
)
def test_other_languages_are_not_german(text: str) -> None:
    """Nor is a text with a German word in it."""
    assert not is_german(text)


@pytest.mark.parametrize("letters", ["a", "ung", "a ", "ß"])
def test_a_text_is_read_once(letters: str) -> None:
    """Half a million letters in a row are no trap."""
    assert not is_german(letters * 250_000) or letters == "a "
