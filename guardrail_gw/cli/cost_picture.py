"""A drawing as a PNG, for programs that show no SVG (extra `charts`).

Pillow draws it in the first of some usual fonts that the machine has, else with the letters that
it brings along. Those are plain Latin ones: what they lack is written without its accents, or as a
question mark. Names are whole in the SVG.
"""

import io
import unicodedata
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from guardrail_gw.cli.cost_chart import PALE, Box, Drawing, Words

_SCALE: Final = 2
"""Pixels for each of the drawing's, so that it is sharp on paper."""

_FONTS: Final = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf"),
    *("segoeui.ttf", "Arial.ttf", "arial.ttf", "Helvetica.ttc"),
)
_PLAIN: Final = {ord("·"): "-", ord("…"): "...", ord("ß"): "ss"}


def png(drawn: Drawing) -> bytes:
    """The picture as PNG."""
    picture = Image.new("RGB", (drawn.width * _SCALE, drawn.height * _SCALE), "#ffffff")
    pen = ImageDraw.Draw(picture)
    for each in drawn.shapes:
        if isinstance(each, Box):
            _box(pen, each)
        else:
            _words(pen, each)
    written = io.BytesIO()
    picture.save(written, format="PNG", optimize=True)
    return written.getvalue()


def _box(pen: ImageDraw.ImageDraw, box: Box) -> None:
    left, top = round(box.x * _SCALE), round(box.y * _SCALE)
    right, bottom = round((box.x + box.width) * _SCALE), round((box.y + box.height) * _SCALE)
    if right > left and bottom > top:
        pen.rectangle((left, top, right - 1, bottom - 1), fill=box.fill)


def _words(pen: ImageDraw.ImageDraw, words: Words) -> None:
    font = _letters(words.size)
    text, end = _written(words.text), _written(words.end)
    x, y = words.x * _SCALE, words.y * _SCALE
    if words.is_left_of:
        x -= font.getlength(text)
    stroke = 0.6 if words.is_heading else 0
    pen.text((x, y), text, fill=words.fill, font=font, anchor="ls", stroke_width=stroke)
    if end:
        x += font.getlength(f"{text} ")
        pen.text((x, y), end, fill=PALE, font=font, anchor="ls")


def plain(text: str) -> str:
    """A text in the letters that every machine can draw."""
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    bare = (each for each in apart if not unicodedata.combining(each))
    return "".join(each if each.isascii() else "?" for each in bare)


def _written(text: str) -> str:
    return text if _font() is not None else plain(text)


@lru_cache(maxsize=1)
def _font() -> str | None:
    """The first of the usual fonts that is here."""
    for name in _FONTS:
        try:
            ImageFont.truetype(name, 12)
        except OSError:
            continue
        return name
    return None


@lru_cache(maxsize=8)
def _letters(size: int) -> ImageFont.FreeTypeFont:
    name = _font()
    if name is not None:
        return ImageFont.truetype(name, size * _SCALE)
    font = ImageFont.load_default(size * _SCALE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise OSError("Pillow was built without FreeType")
    return font
