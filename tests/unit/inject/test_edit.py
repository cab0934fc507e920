"""A text is made to say something else in as few lines as can be."""

import difflib
import io
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st
from ruamel.yaml import YAML

from guardrail_gw.inject.edit import edited, loaded
from guardrail_gw.inject.refused import InjectError

NAMES = st.sampled_from(["app", "web", "env", "spec", "image", "on", "items"])
SCALARS = st.one_of(
    st.integers(-9, 99), st.booleans(), st.none(), st.sampled_from(["x", "yes", "a: b", "# no", ""])
)
NAMED = st.fixed_dictionaries({"name": st.sampled_from("abcde"), "value": SCALARS})
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        | st.lists(NAMED, min_size=1, max_size=3, unique_by=lambda each: each["name"])
        | st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, TREES, min_size=1, max_size=4)


def commented(value: Any, every: int) -> str:
    """A document in block style with comments above and behind some of its lines."""
    lines = yaml.safe_dump(value, sort_keys=False, default_flow_style=False).splitlines()
    made = []
    for number, line in enumerate(lines):
        margin = " " * (len(line) - len(line.lstrip()))
        if number % every == 0:
            made.append(f"{margin}# above {number}")
        made.append(f"{line}  # behind {number}" if number % every == 1 else line)
    return "\n".join([*made, "# the end", ""])


@given(there=DOCUMENTS, wanted=DOCUMENTS, every=st.integers(2, 4))
def test_what_is_wanted_is_said(there: dict[str, Any], wanted: dict[str, Any], every: int) -> None:
    """For any two documents, the text of one becomes the other: or, if not, an error."""
    text = commented(there, every)

    try:
        made = edited(text, wanted)
    except InjectError as error:
        assert error.code == "inject.layout"  # noqa: PT017 - both are allowed
    else:
        assert yaml.safe_load(made) == wanted


@given(there=DOCUMENTS, new=TREES, every=st.integers(2, 4))
def test_what_is_added_takes_no_line_away(there: dict[str, Any], new: Any, every: int) -> None:
    """A new key and new items leave every line of the text in its place."""
    text = commented(there, every)
    wanted = there | {"added": new}
    for key, value in there.items():
        if isinstance(value, list):
            wanted[key] = [{"name": "first"}, *value, {"name": "last"}]

    made = edited(text, wanted)

    kept = [line for line in difflib.ndiff(text.splitlines(), made.splitlines()) if line[0] == "-"]
    assert kept == []


@given(there=DOCUMENTS, every=st.integers(2, 4))
def test_the_same_again_is_the_same_text(there: dict[str, Any], every: int) -> None:
    """A text that says what is wanted is not touched."""
    text = commented(there, every)

    assert edited(text, there) == text


@pytest.mark.parametrize(
    ("text", "wanted", "made"),
    [
        ("a: 1 # one\n", {"a": 2}, "a: 2 # one\n"),
        ("a: {b: 1}  # flow\n", {"a": {"b": 1, "c": 2}}, 'a: {"b": 1, "c": 2}  # flow\n'),
        ("a: []\n", {"a": [{"name": "x"}]}, "a:\n  - name: x\n"),
        ("a:   # none yet\nb: 1\n", {"a": {"c": 1}, "b": 1}, 'a: {"c": 1}   # none yet\nb: 1\n'),
        ("a:\n- 1\n# two\n- 2\n", {"a": [2]}, "a:\n# two\n- 2\n"),
        ("a: |\n  # no comment\n\nb: 1\n", None, "a: |\n  # no comment\n\nb: 1\nc: 1\n"),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2, "c": 3}, "a: 1\r\nb: 2\r\nc: 3\r\n"),
        ("a: 1", {"a": 1, "c": 3}, "a: 1\nc: 3\n"),
        ("x: &x {a: 1}\ny: *x\n", {"x": {"a": 2}, "y": {"a": 2}}, 'x: &x {"a": 2}\ny: *x\n'),
        ("mode: 0644\n", {"mode": 420, "b": "on"}, "mode: 0644\nb: 'on'\n"),
    ],
)
def test_layouts_that_people_use(text: str, wanted: Any, made: str) -> None:
    """Comments, flow style, empty values, block texts, Windows' lines, anchors, octal modes."""
    wanted = wanted if wanted is not None else yaml.safe_load(text) | {"c": 1}

    assert edited(text, wanted) == made
    assert loaded(made) == wanted


def test_another_reader_of_yaml_reads_the_same() -> None:
    """A parser that is not ours finds the added values, and every comment that was there."""
    text = "a: # one\n  # two\n  - name: x # three\n  # four\nb: yes # five\n"
    made = edited(text, {"a": [{"name": "w"}, {"name": "x"}, {"name": "z"}], "b": True})

    read = YAML().load(made)
    written = io.StringIO()
    YAML().dump(read, written)
    assert [each["name"] for each in read["a"]] == ["w", "x", "z"]
    assert [w for w in ("one", "two", "three", "four", "five") if f"# {w}" not in made] == []
    assert written.getvalue().count("#") == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "line 2: a key stands twice"),
        ("a: [1\n", "line 2"),
        ("a: \x07\n", "what no text may hold"),
        ("a: !python/object:os.system {}\n", "line 1"),
    ],
)
def test_what_is_no_yaml_is_refused(text: str, said: str) -> None:
    """The message names the line and never runs anything."""
    with pytest.raises(InjectError, match=said):
        loaded(text)
