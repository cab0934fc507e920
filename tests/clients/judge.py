"""Whether a client got what it must: the same measure for every client.

A fault is a sentence without anything that a person wrote.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guardrail_gw.redaction.placeholder import PLACEHOLDER
from guardrail_gw.standin.server import Received
from tests.clients.roster import Client
from tests.clients.scenarios import (
    PLAIN,
    REFUSED,
    STATUS,
    STREAMED,
    STRUCTURED,
    TOOLS,
    TOOLS_STREAMED,
    TURNS,
    Case,
)

_KINDS = {"PERSON", "EMAIL_ADDRESS", "IBAN_CODE", "PHONE_NUMBER"}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SAYS = {
    429: ("429", "upstream.rate_limited", "asked too often"),
    400: ("400", "upstream.refused"),
    451: ("451", "residency.no_lawful_upstream", "the policy allows"),
}
"""Status -> itself, the gateway's code and its words: what a person can recognise it by."""


def faults(
    case: Case, told: Mapping[str, Any], seen: Sequence[Received], client: Client
) -> list[str]:
    """What is wrong with what the client told and with what providers saw.

    Args:
        case: what was asked.
        told: the script's line, as `stage.told` makes it.
        seen: every request that a provider got meanwhile.
        client: who was asked.
    """
    answered = _refused if case.scenario in STATUS else _answered
    found = [*_leaks(case, seen), *answered(case, told, client)]
    if case.scenario == REFUSED:
        return found + ["a provider was asked"] * bool(seen)
    if client.talkative and not all(map(_is_streamed, seen)):
        found.append("a whole answer was asked for")
    if case.scenario == TURNS and not _is_repeated(seen):
        found.append("the second turn repeats the first in other placeholders, or not at all")
    return [*found, *_unreplaced(seen)]


def _leaks(case: Case, seen: Sequence[Received]) -> Iterator[str]:
    for request in seen:
        shown = f"{request.path}\n{dict(request.headers)}\n{request.body.decode()}".lower()
        bare = "".join(filter(str.isalnum, shown))
        for value in case.originals:
            if value.lower() in shown or "".join(filter(str.isalnum, value.lower())) in bare:
                yield f"LEAK: the provider saw an original at {request.path.partition('?')[0]}"


def _unreplaced(seen: Sequence[Received]) -> Iterator[str]:
    """Without placeholders at the provider, that nothing leaked would prove nothing."""
    kinds = {found.rpartition("_")[0] for request in seen for found in _placeholders(request)}
    if not seen:
        yield "no provider was asked"
    elif not kinds >= _KINDS:
        yield f"the provider saw no placeholder of {', '.join(sorted(_KINDS - kinds))}"


def _placeholders(request: Received) -> set[str]:
    return {found[0] for found in PLACEHOLDER.finditer(request.body.decode())}


def _is_repeated(seen: Sequence[Received]) -> bool:
    """Whether all that the first request replaced stands in a later one, as it did there."""
    every = [_placeholders(request) for request in seen]
    return any(every[0] <= later for later in every[1:])


def _is_streamed(request: Received) -> bool:
    return b'"stream":true' in request.body.replace(b" ", b"") or ":stream" in request.path


def _answered(case: Case, told: Mapping[str, Any], client: Client) -> Iterator[str]:
    if "error" in told:
        yield f"{told['error']['class']} ({told['error']['status']})"
        return

    def is_said(member: str, text: str) -> bool:
        said = told[member] or ""
        return text in said if client.talkative else text == said

    if case.scenario in (PLAIN, STREAMED) and not is_said("said", case.text):
        yield "the answer is not the text that was sent"
    if case.scenario == STREAMED and told["pieces"] < 2 and not client.talkative:
        yield "the stream came in one piece"
    if case.scenario == TURNS and not (is_said("first", case.text) and is_said("said", case.more)):
        yield "the answers are not the texts that were sent"
    if case.scenario == STRUCTURED and told["form"] != case.user.form:
        yield "the output is not what was sent"
    if case.scenario in (TOOLS, TOOLS_STREAMED):
        yield from _worked(case, told)


def _worked(case: Case, told: Mapping[str, Any]) -> Iterator[str]:
    if told["heard"] != [case.text]:
        yield "the tool did not get the originals"
    if any(value not in told["said"] for value in case.other.values):
        yield "the answer does not hold what the tool gave back"


def _refused(case: Case, told: Mapping[str, Any], client: Client) -> Iterator[str]:
    error, status = told.get("error"), STATUS[case.scenario]
    if error is None:
        yield "the client raised nothing"
        return
    if error["class"].partition(".")[0] not in client.errors:
        yield f"{error['class']} is not the client's own"
    words = _COLOUR.sub("", error["words"])
    said = any(re.search(rf"\b{each}\b", words) for each in _SAYS[status])
    if status != error["status"] and not said:
        yield f"{error['class']} says neither {status} nor why"
