"""Templates, and what they call things."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from guardrail_gw.audit.verify import Verdict
from guardrail_gw.console import inert, picture, words


def environment() -> Environment:
    """The templates' environment: everything is escaped, and what is missing is an error."""
    made = Environment(
        loader=PackageLoader("guardrail_gw.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "inert": visible,
        "plain": inert.plain,
        "moment": words.moment,
        "day": words.day,
        "stamp": words.stamp,
        "lasting": words.lasting,
        "money": words.money,
        "entity": words.entity,
        "ending": lambda code: words.ENDINGS.get(code, code),
        "reason": lambda code: words.CODES.get(code, code),
    }
    made.globals |= {
        "Verdict": Verdict,
        "count": words.count,
        "headline": words.headline,
        "short": words.SHORT,
        "picture_width": picture.WIDTH,
        "picture_height": picture.HEIGHT,
    }
    return made


def visible(text: Any) -> Markup:  # noqa: ANN401 - whatever a record holds
    """A text that somebody wrote: escaped, its direction kept to itself, nothing unseen."""
    shown = (_piece(piece) for piece in inert.pieces(str(text)))
    return Markup("<bdi>{}</bdi>").format(Markup("").join(shown))


def _piece(piece: inert.Piece) -> Markup:
    if not piece.name:
        return escape(piece.text)
    mark = Markup('<span class="unseen" title="{}">{}</span>').format(piece.name, piece.text)
    return mark + Markup("<br>") if piece.breaks else mark
