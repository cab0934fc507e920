"""URIs at the endpoint of all servers: valid, whose they are in front, and the way back exact.

    file:///a        github+file:///a         the server before the scheme
    ui://form/x      ui://github+form/x       hosts of MCP Apps look at this scheme: before the rest
    notes/5          github+x-rel:notes/5     no scheme of its own
    file:///a b      github+x-raw:file:///a%20b    no URI, however it is put

Templates keep their expressions, so that what a client makes of one leads back as well.

Source: RFC 3986 (URIs: 3.1, 3.2, 3.3 and appendix A), RFC 6570 (templates: 2.2);
MCP Apps (SEP-1865): `ui://`.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UI: Final = "ui://"
_RELATIVE, _RAW = "x-rel:", "x-raw:"
_RAW_HOST: Final = "x-raw"
_DIGIT_FIRST: Final = "s."
"""A scheme begins with a letter; no server's id has a full stop."""
_CHARS: Final = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_HOST: Final = r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)"
_USER: Final = r"(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?"
_VALID: Final = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?://{_USER}{_HOST}(?::[0-9]*)?(?:/{_CHARS}*)?|(?!//){_CHARS}*)"
    rf"(?:\?(?:{_CHARS}|\?)*)?(?:#(?:{_CHARS}|\?)*)?"
)
_AS_IT_IS: Final = "/:@!$&'()*+,;=?"


class Located(NamedTuple):
    """A URI as its server has it."""

    server: str
    uri: str


def is_valid(uri: str) -> bool:
    """Whether it is a URI by RFC 3986."""
    return _VALID.fullmatch(uri) is not None


def outward(server: str, uri: str) -> str:
    """A server's URI as clients are told it; whatever it is, `inward` gives it back."""
    said = _said(server, uri)
    leads_back = inward(said, (server,)) == (server, uri)
    return said if leads_back and is_valid(said) else _raw(server, uri)


def outward_template(server: str, template: str) -> str:
    """A server's URI template as clients are told it; what is made of it leads back."""
    return _said(server, template)


def inward(uri: str, servers: Collection[str]) -> Located | None:
    """Whose URI it is; None if it names none of the servers.

    Args:
        uri: as a client says it, or a template.
        servers: ids of those that there are.
    """
    server = _named(uri)
    if server not in servers:
        return None
    try:
        return Located(server, _located(uri, server))
    except UnicodeDecodeError:  # nothing that was said here
        return None


def _said(server: str, uri: str) -> str:
    if uri.startswith(_UI):
        return f"{_UI}{server}+{uri.removeprefix(_UI)}"
    has_scheme = _SCHEME.match(uri) or uri.startswith("{")  # an expression may bring the scheme
    return f"{_label(server)}+{uri}" if has_scheme else f"{_label(server)}+{_RELATIVE}{uri}"


def _raw(server: str, uri: str) -> str:
    if uri.startswith(_UI):
        return f"{_UI}{server}+{_RAW_HOST}/{_quoted(uri.removeprefix(_UI))}"
    return f"{_label(server)}+{_RAW}{_quoted(uri)}"


def _quoted(text: str) -> str:
    """Text as the path of a URI: with what need not be quoted left readable."""
    written = quote(text, safe=_AS_IT_IS, errors="surrogatepass")
    return f"%2F{written[1:]}" if written.startswith("/") else written


def _unquoted(text: str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogatepass")


def _label(server: str) -> str:
    return server if server[:1].isalpha() else f"{_DIGIT_FIRST}{server}"


def _named(uri: str) -> str:
    """The server's id that a URI has in front; empty where none can be."""
    if uri.startswith(_UI):
        return uri.removeprefix(_UI).partition("+")[0]
    label, plus, _ = uri.partition("+")
    server = label.removeprefix(_DIGIT_FIRST)
    return server if plus and label == _label(server) else ""


def _located(uri: str, server: str) -> str:
    """What stands behind the server's id."""
    if uri.startswith(_UI):
        rest = uri.removeprefix(f"{_UI}{server}+")
        is_raw = rest.startswith(f"{_RAW_HOST}/")
        return _UI + (_unquoted(rest.removeprefix(f"{_RAW_HOST}/")) if is_raw else rest)
    rest = uri.removeprefix(f"{_label(server)}+")
    if rest.startswith(_RAW):
        return _unquoted(rest.removeprefix(_RAW))
    return rest.removeprefix(_RELATIVE)
