"""Names of hosts without a scheme: `shop.example.com`, `@example.org`.

Source: RFC 1034, 3.5 (labels); IANA's root zone for the last label. In source text most of what
reads so is code, so it scores far below what a policy takes by default, does not count in code
(`regions.py`), and a last label that is a word or an ending of files needs two labels before it.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("URL")
SCORE = 0.3

_SURE = (
    "com|org|net|edu|gov|int|info|biz|io|ai|app|dev|shop|online|cloud|bg|cy|cz|de|dk|ee|es|eu|fi|fr|"
    "gr|hr|hu|ie|lt|lu|lv|mt|nl|pt|ro|se|sk|uk|ch|us|ca|au|jp|cn|kr|br|mx|ru|ua|za|nz|tr|tv"
)
_VAGUE = "at|be|co|in|is|it|li|me|no|pl|si|md|rs|py|sh|cc|so"
_LABEL = r"_?[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\."
_HOST = re.compile(
    rf"(?<![\w@./:\\$#%=&?-])@?(?P<host>(?:{_LABEL}){{1,5}}(?:{_SURE}|{_VAGUE}))"
    r"(?![\w@(\[=/-]|\.\w)"
)
_SIGN = rf"\.(?=[a-z])(?:{_SURE}|{_VAGUE})(?![\w-])"
_ENDS = re.compile(_SIGN)
_WIDTH = 320
"""The most code points of a name: five labels and the dots behind them."""
_VAGUE_ENDS = frozenset(_VAGUE.split("|"))
_ONE = 2
"""Labels of a name that has one before the last."""


def find(text: str) -> Iterator[Finding]:
    """Yield names, 0.3."""
    for match in _hosts(text):
        labels = match["host"].split(".")
        if labels[-1] not in _VAGUE_ENDS or len(labels) > _ONE:
            start, end = match.span("host")
            yield Finding(start=start, end=end, entity=ENTITY, score=SCORE, recognizer="host_name")


def _hosts(text: str) -> Iterator[re.Match[str]]:
    """All matches of `_HOST`, which are looked for only between the blanks around an ending."""
    done = 0
    for sign in _ENDS.finditer(text):
        at = sign.start()
        if at >= done:
            begin = text.rfind(" ", max(done, at - _WIDTH), at) + 1
            done = text.find(" ", at)
            done = len(text) if done < 0 else done
            yield from _HOST.finditer(text, begin or max(0, at - _WIDTH), done)


RULE = Rule(
    name="host_name",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(signs=(_SIGN,)),
    valid=(
        "see shop.example.com",
        "from @example.org to us",
        "academics.example.in",
        "bought at Quillstone.com.",
        "(example.eu)",
    ),
    invalid=(
        "anna@example.com",
        "https://example.com",
        "home.It was",
        "foo.is",
        "web.App",
        "os.path.join",
        "example.com/page",
        "x = a.io(3)",
        "main.py",
    ),
)
