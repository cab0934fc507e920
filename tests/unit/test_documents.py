"""The strict YAML reader: what it refuses, and how it says so."""

import contextlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import example, given, strategies as st
from pydantic import Field, SecretStr

from guardrail_gw.documents import MAX_BYTES, Strict, closest, forget, load, read
from guardrail_gw.errors import ConfigError

SECRET = "sk-do-not-show-1234567890"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Wheel(Strict):
    size: int


class Car(Strict):
    name: str
    colour: Colour = Colour.RED
    wheels: tuple[Wheel, ...] = ()
    tags: tuple[str, ...] = ()
    speed: Annotated[float, Field(ge=0)] = 0.0
    key: SecretStr | None = None


class Anything(Strict):
    value: str | int | float | bool | None


class Free(Strict):
    value: Any


def written(path: Path, text: str | bytes) -> Path:
    """Put a file there."""
    file = path / "car.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refused(path: Path, text: str | bytes) -> str:
    """What the error says, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load(written(path, text), Car)
    assert caught.value.__cause__ is None or not isinstance(caught.value.__cause__, ValueError)
    return str(caught.value).replace(f"{path}/", "")


def test_a_valid_file_becomes_its_model(tmp_path: Path) -> None:
    """Lists become tuples and strings become enum members, and nothing else is converted."""
    car = load(
        written(tmp_path, "name: a\ncolour: green\nwheels: [{size: 3}]\nspeed: 2\nkey: k"), Car
    )

    assert (car.name, car.colour, car.wheels[0].size, car.speed) == ("a", Colour.GREEN, 3, 2.0)
    assert car.key is not None
    assert car.key.get_secret_value() == "k"


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2026-11-24", "2026-11-24"),
        ("=", "="),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("+.e3", "+.e3"),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("'12'", "12"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path: Path, scalar: str, value: object) -> None:
    """A plain scalar means what the YAML 1.2 core schema says, not what YAML 1.1 said."""
    read_value = load(written(tmp_path, f"value: {scalar}"), Anything).value

    assert (type(read_value), read_value) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nname: b", "car.yaml:2:1: name: given twice; first in line 1"),
        ("wheels: [{size: 1, size: 2}]", "car.yaml:1:20: wheels[0].size: given twice"),
        ("name: &x a", "car.yaml:1:7: anchors and aliases"),
        ("name: *x", "car.yaml:1:7: anchors and aliases"),
        ("name: a\ntags: [*]", "car.yaml:2:9: not YAML: while scanning an alias"),
        ("name: !!str a", "car.yaml:1:7: tags"),
        ("!car\nname: a", "car.yaml:1:1: tags"),
        ("%YAML 1.1\n---\nname: a", "car.yaml:1:1: a directive"),
        ("name: a\n---\nname: b", "car.yaml:2:1: a second document"),
        ("name: [a", "car.yaml:1:9: not YAML"),
        ("name: a\n\tcolour: red", "car.yaml:2:1: not YAML"),
        ("name: a\tb", "car.yaml:1:8: not YAML"),
        ("", "car.yaml: empty"),
        ("# nothing", "car.yaml: empty"),
        ("true: a", "car.yaml:1:1: a key must be text; quote it"),
        ("3: a", "car.yaml:1:1: a key must be text; quote it"),
        ("? [a]\n: b", "a key must be text; quote it"),
        ("<<: {name: a}", "car.yaml:1:1: <<: unknown field"),
        ('name: "\\ud800"', "name: not valid Unicode (a lone surrogate)"),
        ("speed: 1e999", "speed: a number too large"),
        ("speed: " + "9" * 41, "speed: a number too long"),
        (b"name: a\ncolour: \xff", "car.yaml:2: not UTF-8"),
        (b"name: a\x00", "car.yaml: holds a character that YAML does not allow"),
        ("[" * 40 + "]" * 40, "car.yaml:1:33: nested deeper than 32 levels"),
        ("[" * 100_000, "nested deeper than 32 levels"),
        (b"#" * (MAX_BYTES + 1), f"car.yaml: larger than {MAX_BYTES} bytes"),
        ("- name: a", "car.yaml:1:1: must hold fields"),
    ],
)
def test_what_would_make_a_reader_guess_is_refused(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    """Each surprise of YAML is an error that says where it stands."""
    assert said in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nmae: a", "car.yaml:1:1: name: missing\n"),
        ("nmae: a", "car.yaml:1:1: nmae: unknown field; did you mean 'name'?"),
        ("name: 3", "car.yaml:1:1: name: must be text; quote it"),
        ("name: a\nspeed: '3'", "car.yaml:2:1: speed: must be a number, without quotes"),
        ("name: a\nspeed: -1", "car.yaml:2:1: speed: input should be greater than or equal to 0"),
        ("name: a\nwheels: [{size: 1.0}]", "car.yaml:2:11: wheels[0].size: must be a whole number"),
        ("name: a\nwheels: [{sizes: 1}]", "wheels[0].sizes: unknown field; did you mean 'size'?"),
        ("name: a\nwheels:\n  - {}", "car.yaml:3:5: wheels[0].size: missing"),
        ("name: a\ntags: x", "car.yaml:2:1: tags: must be a list, `[...]`"),
        ("name: a\ncolour: grene", "colour: input should be 'red' or 'green', not 'grene'"),
        ("name: a\ncolour: grene", "not 'grene'; did you mean 'green'?"),
    ],
)
def test_a_fault_names_line_field_and_the_right_spelling(
    tmp_path: Path, text: str, said: str
) -> None:
    """What the model refuses is told with file, line, column, field and a suggestion."""
    assert said in refused(tmp_path, text)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """A file with two faults gives two lines."""
    assert len(refused(tmp_path, "nmae: a\nspeed: -1\nname: b").splitlines()) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"name: a\nkey: [{SECRET}]",
        f"name: a\nkey: {{{SECRET}: 1}}",
        f"name: a\nkey: '{SECRET}\nspeed: 1",
        f"name: a\nkey: {SECRET}\nspeed: x",
        f'name: a\nkey: "{SECRET}\\q"',
        f"key: {SECRET}",
    ],
)
def test_a_secret_is_in_no_error(tmp_path: Path, text: str) -> None:
    """Neither the message, nor the cause, nor the context of an error holds a secret field."""
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text), Car)

    seen: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        seen.append(repr(error) + str(error))
        error = error.__cause__ or error.__context__
    assert SECRET not in "".join(seen)


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    """A missing file and a folder are configuration errors, not tracebacks."""
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml", Car)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, Car)


def test_a_later_check_can_point_into_the_file(tmp_path: Path) -> None:
    """A fault raised after loading carries the line of its field."""
    loaded = read(written(tmp_path, "name: a\nwheels:\n  - size: 3\n"), Car)

    error = loaded.fault(("wheels", 0, "size"), "too small", near="30")

    assert str(error).endswith("car.yaml:3:5: wheels[0].size: too small; did you mean '30'?")


def test_the_nearest_word_is_found_whatever_its_case() -> None:
    """A suggestion is near or absent."""
    assert closest("person", ["PERSON", "JWT"]) == "PERSON"
    assert closest("zzz", ["PERSON", "JWT"]) is None


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcNO:-_ 0", max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


class Holder(Strict):
    value: object


@given(value=PLAIN)
def test_what_json_means_is_what_the_reader_reads(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    """JSON is YAML 1.2: a value written as JSON comes back as it was."""
    file = tmp_path_factory.mktemp("law") / "v.yaml"
    file.write_text(json.dumps({"value": value}), encoding="utf-8")

    assert load(file, Holder).value == value


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """No input makes the reader fail in another way than by a ConfigError."""
    file = tmp_path_factory.mktemp("law") / "v.yaml"
    file.write_bytes(data)

    try:
        load(file, Holder)
    except ConfigError as error:
        assert str(file) in str(error)  # noqa: PT017 - either way is right


WORDS = [
    "a",
    "é",
    "1",
    "2.5",
    "null",
    "true",
    "NO",
    "~",
    "0x1F",
    ".",
    "?",
    "\\n",
    "\n",
    "\n  ",
    " ",
]
SIGNS = ["  ", ": ", ":", "- ", ", ", "[", "]", "{", "}", "'", '"', "|", ">", ">-\n", "#", " #"]
PIECES = st.sampled_from(WORDS) | st.sampled_from(SIGNS)


@given(parts=st.lists(PIECES, max_size=30))
@example(parts=["|", "\n  ", "a"])  # a line break at a block's end is part of it
def test_both_readers_read_the_same(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    """What libyaml accepts has the value and the places that PyYAML's own reader gives it."""
    folder = tmp_path_factory.getbasetemp()
    text = "value: " + "".join(parts)
    readings = []
    for each in (text + "\n#", text + "\n#\t"):  # a tab sends it to PyYAML's own
        with contextlib.suppress(ConfigError):
            loaded = read(written(folder, each), Free)
            readings.append((loaded.value, loaded.lines))

    assert len(readings) < 2 or readings[0] == readings[1]


def test_what_checks_a_document_is_given_back(tmp_path: Path) -> None:
    """A model has nothing of it; one that is read again afterwards is checked as before."""

    class Own(Strict):
        value: int

    path = written(tmp_path, "value: 1")
    first = load(path, Own)
    had = Own.__pydantic_complete__
    forget()
    again = load(path, Own)
    path.write_text("value: one")

    assert not had
    assert first == again
    with pytest.raises(ConfigError, match="value"):
        load(path, Own)
