"""What is asked of that which a provider keeps: by method and path, with a query of closed forms.

Source: OpenAI API reference, "Files" and "Batch"; Anthropic API reference, "Message Batches"; and
the paths in their clients for Python (openai 3.57, anthropic 2.14), as read in 2026.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from guardrail_gw.core.exchange import Head
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.dialects import paths
from guardrail_gw.errors import QueryRefused, SurfaceNotServed

ID: Final = "[A-Za-z0-9_-]{1,128}"
PLACE: Final = "the path"
"""Where a request names what it is about."""
_NAMED_ID: Final = re.compile(ID)
_NUMBER: Final = re.compile("[1-9][0-9]{0,4}")
_UNNAMED: Final = re.compile(r"\(\?P<[a-z]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What one surface can be asked."""

    all: tuple[tuple[str, str], ...]
    """Methods and patterns of paths; a group is named as what is kept."""
    lists: Kept
    """What a GET without an id lists."""
    prefix: str
    """A pattern of what clients' base URLs put before the paths, with the slash at its end."""
    forms: Mapping[str, re.Pattern[str]]
    """Parameters of a list's query besides those that name a place in it."""
    places: Sequence[str] = ("after",)
    """Parameters that are ids."""
    most: int = 100
    """How many entries of a list a provider gives at most."""
    usual: int = 20
    """How many where a client does not say."""

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """Methods and paths of clients, without the slash they begin with."""
        return tuple(
            (method, _UNNAMED.sub("(?:", rf"{self.prefix}{path[1:]}/?"))
            for method, path in self.all
        )

    def read(self, method: str, target: str) -> Head:
        """Read method, path and query as sent.

        Raises:
            SurfaceNotServed: nothing that is kept is asked for so.
            QueryRefused: a query that is not of its form.
        """
        path, _, query = paths.bare(target).partition("?")
        if self._match(method, path) is None:
            raise SurfaceNotServed("nothing is served on this path")
        if self.is_list(Head(path=path, method=method)):
            return self._list(path, query)
        return Head(path=path, method=method)

    def is_list(self, head: Head) -> bool:
        """Whether all that is kept is asked for."""
        match = self._match(head.method, head.path.partition("?")[0])
        return head.method == "GET" and match is not None and not match.groupdict()

    def recall(self, head: Head) -> Recall | None:
        """What the path names."""
        match = self._match(head.method, head.path.partition("?")[0])
        named = match.groupdict() if match is not None else {}
        kind = next((each for each in Kept if each in named), None)
        if kind is None:
            return None
        return Recall(kind=kind, id=named[kind], place=PLACE, ends=head.method == "DELETE")

    def _list(self, path: str, query: str) -> Head:
        """As much as the provider gives at once is asked for: others' entries are among them."""
        kept = {"limit": str(self.most)}
        most = self.usual
        for name, value in parse_qsl(query, keep_blank_values=True):
            form = _NAMED_ID if name in self.places else self.forms.get(name)
            form = _NUMBER if name == "limit" else form
            if form is not None and not form.fullmatch(value):
                raise QueryRefused(f"{name!r} is not of the form that the dialect gives it")
            if name == "limit":
                most = min(int(value), self.most)
            elif form is not None:
                kept[name] = value
        return Head(path=f"{path}?{urlencode(kept)}", method="GET", most=most)

    def _match(self, method: str, path: str) -> re.Match[str] | None:
        fitting = (re.fullmatch(each, path) for how, each in self.all if how == method)
        return next((match for match in fitting if match is not None), None)
