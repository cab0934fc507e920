r"""Paths of a person's home folder: `/home/<name>/...`, `/Users/<name>/...`, `C:\Users\<name>\...`.

Source: Filesystem Hierarchy Standard 3.0, 3.8 (`/home`); the profile folders of macOS and Windows;
tilde expansion, POSIX.1-2024 (Shell Command Language, 2.6.1). The finding is the whole path: the
names of a person's folders and files tell about the person, too. Accounts that a system or an image
makes are nobody's.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("HOME_PATH")

_STOP = r"\s\\/:*?\"'`<>|,;(){}\[\]\u201c\u201d"
_REST = r"[^\s\"'`<>|*?,;\u201c\u201d]{0,160}"
_FILE = (
    r"(?:(?<!\.[A-Za-z]{2})(?<!\.[A-Za-z]{3})"
    r"(?: [^\s\"'`<>|*?,;:.]{1,30}){1,2}\.[A-Za-z0-9]{1,5}\b)?"
)
"""More words of a file's name, as far as its extension."""
_UNIX = re.compile(
    rf"(?<![\w.~:-])/(?:home|Users)/"
    rf"(?P<name>[^{_STOP}]{{1,30}}[ ][^{_STOP}]{{1,30}}(?=/)|[^{_STOP}]{{1,40}})"
    rf"(?P<deep>/)?(?(deep){_REST}{_FILE})"
)
_WINDOWS = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]:(?P<sign>\\{1,2}|/)(?i:Users|Documents and Settings)(?P=sign)"
    rf"(?P<name>[^{_STOP}]{{1,30}}(?: [^{_STOP}]{{1,30}}){{0,2}}(?=[\\/])|[^{_STOP}]{{1,40}})"
    rf"(?:(?P<deep>[\\/]){_REST}{_FILE})?"
)
_TILDE = re.compile(rf"(?<![\w/~.=-])~(?P<name>[a-z][a-z0-9_-]{{2,31}})/(?P<deep>{_REST})")
_QUOTED = re.compile(r"[^\"'`<>|*?\r\n\u201c\u201d]{1,200}(?=[\"'`\u201d])")
_QUOTES = frozenset("\"'`\u201c\u201e")
_SYSTEM_NAMES = """
admin administrator all app appuser azureuser bitnami build builder bot ci centos circleci coder
codespace container debian default defaultuser0 deploy dev developer devuser docker ec2-user example
fedora foo git github gitlab gitpod guest hadoop home jenkins jovyan linuxbrew me my myname mysql
myuser name nginx nobody node nonroot oracle path pi postgres public root ruby runner sandbox
scratch shared somebody someone steam student test tester travis ubuntu user user1 username users
vagrant vscode vscode-user web webapp www www-data you your yourname your-name your_name
yourusername your_username your-username xxx {user}
"""
SYSTEM_NAMES = frozenset({*_SYSTEM_NAMES.split(), "all users", "default user"})
"""Accounts of systems, images and examples, in lower case."""
_CLOSING = ".,;:)]}!?"


def find(text: str) -> Iterator[Finding]:
    """Yield paths: 0.75, or 0.4 where nothing stands behind the name."""
    for pattern in (_UNIX, _WINDOWS, _TILDE):
        for match in pattern.finditer(text):
            if _is_somebody(match["name"]):
                end = _end(text, match)
                score = 0.75 if match["deep"] or match["name"] != match["name"].lower() else 0.4
                yield Finding(
                    start=match.start(), end=end, entity=ENTITY, score=score, recognizer="home_path"
                )


def _is_somebody(name: str) -> bool:
    low = name.lower()
    is_word = any(character.isalpha() for character in name)
    return is_word and low not in SYSTEM_NAMES and not low.startswith(("$", "%"))


def _end(text: str, match: re.Match[str]) -> int:
    """Through blanks as far as the quotes reach in which the path stands."""
    before = text[match.start() - 1 : match.start()]
    if before in _QUOTES and (quoted := _QUOTED.match(text, match.start())):
        return max(quoted.end(), match.end())
    found = match.group()
    closing = _CLOSING.replace(")", "") if "(" in found else _CLOSING
    return match.start() + len(found.rstrip(closing))


_HOME, _MAC = "/home", "/Users"

RULE = Rule(
    name="home_path",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(marks=("/home/", "/users/", "\\users\\", "~"), terms=("settings",), reach=320),
    valid=(
        f"{_HOME}/aschmidt/project/main.py",
        f"{_MAC}/Anna Schmidt/notes.txt",
        "C:\\Users\\Anna Schmidt\\Desktop\\a b.txt",
        "C:\\\\Users\\\\aschmidt\\\\x",
        "c:/Users/aschmidt/x.txt",
        f"'{_HOME}/aschmidt/my notes/x y'",
        "~aschmidt/public_html",
        "file:///home/aschmidt/x.html",
        "C:\\Documents and Settings\\aschmidt\\x",
        f"{_HOME}/aschmidt/new copy.py",
    ),
    invalid=(
        f"{_HOME}/runner/work/x",
        f"{_HOME}/ubuntu/.ssh",
        "C:\\Users\\Public\\Documents",
        "C:\\Users\\Default\\x",
        "/home/$USER/x",
        "/home/<name>/x",
        "/home/{user}/x",
        "https://example.com/home/news/today",
        "GET /users/12/posts",
        "~/notes.txt",
        "about ~10/hour",
        f"{_MAC}/Shared/x",
        "%USERPROFILE%\\x",
    ),
)
