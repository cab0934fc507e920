import pytest

from guardrail_gw.dialects.media import embedded, is_opaque

BLOB = "iVBORw0KGgo" * 30


@pytest.mark.parametrize(
    ("text", "media"),
    [
        ("hello", None),
        ("my data: see below", None),
        ("data:image/png;base64,iVBORw0KGgo=", "data_url"),
        ("DATA:text/plain,Anna", "data_url"),
        ("![x](data:image/png;base64,iVBORw0KGgo=)", "data_url"),
        (BLOB, "base64"),
        (BLOB[:200] + "\n" + BLOB[200:], "base64"),
        ("see " + BLOB, "base64"),
        ("word " * 200, None),
        ("a" * 255, None),
    ],
)
def test_what_a_string_carries(text: str, media: str | None) -> None:
    """Data URLs and long base64 are recognised, also within prose."""
    assert embedded(text) == media


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", True),
        ("data:text/plain,Anna", False),
        ("see data:image/png;base64,iVBORw0KGgo=", False),
        (BLOB + "==", True),
        ("see " + BLOB, False),
    ],
)
def test_what_can_still_be_read_is_not_opaque(text: str, opaque: bool) -> None:  # noqa: FBT001 - a table
    """Text around or instead of an encoding is scanned as well."""
    assert is_opaque(text) is opaque
