"""Signs of a machine that misread, and what is doubted because of them."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.core.text import SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.load import load_engine
from guardrail_gw.detection.merge import DOUBTFUL_SCORE
from guardrail_gw.detection.misread import is_misread
from guardrail_gw.detection.ner import SpacyNames
from guardrail_gw.detection.second_look import FILE
from guardrail_gw.detection.settings import DetectionSettings

MODEL = shipped("models/guardrail_xx_ner")
REST = (
    "und so ging man am Abend nach der Arbeit noch einmal durch den ganzen Ort, sprach mit den "
    "Leuten vor ihren Häusern und kam erst spät wieder zurück, als es schon dunkel war und in "
    "allen Stuben das Licht brannte, denn es war ja gerade erst der Herbst angebrochen."
)
"""Nearly 50 words, well read."""
DEATHS = (
    "Verstorbene: Huber Anna, Lindengasse 12, Nervenfieber. Gruber Karl, Bräuhausgasse 7, Masern. "
)

PRINTED = (
    "Aus Ravensbnrg: Die Weberei Fürftenau stellte den Betrieb ein, weil der »Dampfkessel« "
    "zersprang. Nach Hinterpfalz und Oberdachstettcn gingen Telegramme ab. Der Kreisansfchuß "
    "bewilligte für die Brücke am Schwarzenbach tausend Mark; die Bahn nach Weilerstatt wird im "
    "Herbft eröffnet. Jm Wirts- haus zur Krone fand ein Ball der Schützengefellfchaft statt, und "
    "die Militärkapelle spielte bis Mitternackt."
)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The engine with the shipped model."""
    return load_engine(DetectionSettings()).engine


@pytest.mark.parametrize(
    "sign",
    [
        "die HausMirtin",
        "die Wirt5in",
        "das „Wirts»haus",
        "am «Markt",
        "die Ver- waltung",
        "Herr S c h m i d",
    ],
)
def test_what_hardly_anybody_types_is_a_sign(sign: str) -> None:
    """One in nearly fifty words is enough; in a text of a few words it says nothing."""
    assert is_misread(f"{sign} {REST}")
    assert not is_misread(sign)


@pytest.mark.parametrize(
    "written",
    [
        REST,
        f"Haus- und Hofmeister {REST}",
        f"#OpenData, @annaSchmidt und a.bC {REST}",
        f"COVID19 und H2O {REST}",
        f"Nächstes Jahr! Vielleicht; wer weiß. {REST}",
        " ".join(["the GitHub", *["page of the project that everybody reads"] * 40]),
        "",
    ],
)
def test_what_people_write_is_none(written: str) -> None:
    """Nor is a word in hundreds, such as the name of a product."""
    assert not is_misread(written)


@pytest.mark.parametrize("letters", ["a", "aA", "a1", "a- "])
def test_a_text_is_read_once(letters: str) -> None:
    """Half a million letters in a row are no trap: read anew from each they would take hours."""
    assert isinstance(is_misread(letters * 250_000 + REST), bool)


def test_a_town_that_only_its_place_tells_is_doubtful_in_a_misread_text(engine: Engine) -> None:
    """The same words in the same place are a town where the text is well read."""
    well, badly = (towns(engine, f"{DEATHS} {rest}") for rest in (REST, f"die HausMirtin {REST}"))

    assert {"Nervenfieber", "Masern"} <= well.keys()
    assert badly["Masern"] == badly["Nervenfieber"] == DOUBTFUL_SCORE


def test_a_town_of_a_list_is_one_in_a_misread_text_too(engine: Engine) -> None:
    """Its place is not all that tells it."""
    found = towns(engine, f"Huber Anna, Lindengasse 12, Berlin. die HausMirtin {REST}")

    assert found["Berlin"] > DOUBTFUL_SCORE


def towns(engine: Engine, text: str) -> dict[str, float]:
    """The places found, and how sure."""
    (findings,) = engine.scan([(text, SegmentKind.PROSE)])
    return {text[f.start : f.end]: f.score for f in findings if f.entity == "LOCATION"}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped model without its second look at German texts, such as `PRINTED`."""
    folder = tmp_path_factory.mktemp("model") / MODEL.name
    return Path(copytree(MODEL, folder, ignore=ignore_patterns(FILE)))


@pytest.fixture(scope="module")
def names(model: Path) -> SpacyNames:
    """It by itself."""
    return SpacyNames(model)


@pytest.fixture(scope="module")
def plain(model: Path) -> SpacyNames:
    """The same without doubts about misread texts."""
    return SpacyNames(model, stern={})


def test_what_is_hardly_sure_of_a_misread_text_is_doubtful(
    names: SpacyNames, plain: SpacyNames
) -> None:
    """Some places and firms are told with the low score there, and every person as before."""
    before, now = found(plain, PRINTED), found(names, PRINTED)

    less_sure = sure(before) - sure(now)
    assert less_sure
    assert {label for _, _, label in less_sure} <= {"LOCATION", "ORGANIZATION"}
    assert all(now[span] == DOUBTFUL_SCORE for span in less_sure)


def test_a_text_without_signs_is_read_as_before(names: SpacyNames, plain: SpacyNames) -> None:
    """However unsure the network is of it: rare words alone are no reason."""
    typed = PRINTED.replace("»Dampfkessel«", "Dampfkessel").replace("Wirts- haus", "Wirtshaus")

    assert found(names, typed) == found(plain, typed)


def found(names: SpacyNames, text: str) -> dict[tuple[int, int, str], float]:
    """Place and label of each finding, and its score."""
    return {(f.start, f.end, f.entity): f.score for f in names.find([text])[0]}


def sure(findings: dict[tuple[int, int, str], float]) -> set[tuple[int, int, str]]:
    """Those that count where a policy says nothing."""
    return {span for span, score in findings.items() if score > DOUBTFUL_SCORE}
