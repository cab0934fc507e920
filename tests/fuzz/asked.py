"""One request that nobody means: refused, or passed on without what was found in it."""

import json
import re
from itertools import pairwise
from random import Random
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from guardrail_gw.core.body import parse
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Arrival, Head, Inbound, Redacted
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.every import BY_NAME, DIALECTS, PROVIDERS
from guardrail_gw.dialects.walk import every_text
from guardrail_gw.errors import BodyRefused, Refusal
from guardrail_gw.redaction.redaction import Redaction
from guardrail_gw.routing.wording import Wordings
from tests.fuzz import corpus
from tests.fuzz.mutate import at, changed, changed_bytes, places, replaced, texts
from tests.support import converse
from tests.support.chat import KEY, PRINCIPAL, Told, inline, policy

VALUE: Final = "Zyxanna Qwertz"
"""What a rule finds in requests."""
_TAKEN: Final = frozenset({Takes.BUDGET, Takes.EFFORT, Takes.CACHE_MARKS})
"""Of whoever is asked: what a model takes that not every model does is said, too."""
_SIGN: Final = re.compile(r"\\+[bfnrt]")
"""The escape of a sign that nobody sees, which cuts a value in two."""
_ROOM: Final = Redaction(Told({VALUE: "PERSON"}), KEY, DIALECTS, offload=inline)
_POLICY: Final = policy(attachments_allowed=True)
_CONVERSE: Final = Draft202012Validator(converse.REQUEST)


class LeakError(AssertionError):
    """What was found is in a body that leaves."""


async def ask(dice: Random) -> str:
    """Take one request through dialect, redaction and every translation; say what came of it."""
    dialect = dice.choice([*BY_NAME])
    stream = dice.random() < 0.5
    raw = _request(dialect, dice, stream=stream)
    head = corpus.head(dialect, stream=stream)
    try:
        request = await redacted(dialect, raw, head)
    except Refusal as refusal:
        return refusal.code
    outgoing = request.envelope.addressed(b'"m"')
    _check(outgoing, dialect)
    _check_is_seen(outgoing, dialect, head)
    said = [_translated(request, dialect, provider) for provider in corpus.providers(dialect)]
    return "passed on" if not any(said) else "translated"


async def redacted(dialect: str, raw: bytes, head: Head) -> Redacted:
    """A request that went through the redaction room; raises Refusal."""
    question = BY_NAME[dialect].parse(raw, head)
    arrival = Arrival(id=RequestId("r"), surface=dialect, received_us=0)
    inbound = Inbound(arrival=arrival, principal=PRINCIPAL, question=question)
    return await _ROOM.apply(inbound, _POLICY)


def _request(dialect: str, dice: Random, *, stream: bool) -> bytes:
    value: Any = {**dice.choice(corpus.requests(dialect)), "model": "m", "stream": stream}
    if dialect == "gemini_generate":
        del value["model"], value["stream"]
    for _ in range(dice.choice((1, 1, 2, 4))):
        value = _planted(value, dice)
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 4))):
        value = changed(value, dice)
    raw = json.dumps(value, ensure_ascii=dice.random() < 0.5).encode(errors="surrogatepass")
    for _ in range(dice.choice((0, 0, 0, 1, 2))):
        raw = changed_bytes(raw, dice)
    return raw


def _planted(value: Any, dice: Random) -> Any:
    """The value, said in a text or used as a name."""
    if dice.random() < 0.15:
        objects = [path for path in places(value) if isinstance(at(value, path), dict)]
        return replaced(value, dice.choice(objects), lambda here: {**here, VALUE: "x"})

    def said(text: str) -> str:
        edge = dice.randrange(len(text) + 1)
        return f"{text[:edge]} {VALUE} {text[edge:]}" if dice.random() < 0.7 else VALUE

    here = texts(value)
    return replaced(value, dice.choice(here), said) if here else value


def _translated(request: Redacted, client: str, provider: str) -> bool:
    wordings = Wordings(request, PROVIDERS)
    deployment = Deployment(
        id="d",
        provider="p",
        model="m",
        base_url="http://127.0.0.1",
        dialect=provider,
        inference=frozenset(),
        storage=frozenset(),
        taken=((provider, _TAKEN),),
    )
    if wordings.rejection(deployment) is not None:
        return False
    body = wordings.of(deployment).body(deployment)
    where = f"{client} to {provider}"
    _check(body, where)
    if provider == converse.NAME:
        _check_is_of_converse(body, where)
    else:
        _check_is_read(body, provider, wordings.of(deployment).head, where)
    return True


def _check_is_read(body: bytes, provider: str, head: Head, where: str) -> None:
    """Raise if the dialect's own reader does not understand a body."""
    try:
        BY_NAME[provider].parse(body, head)
    except BodyRefused as refusal:
        if refusal.code != "body.too_deep":  # other words may need a level more than the limit has
            raise AssertionError(f"{where} cannot be read: {refusal.code}") from refusal


def _check_is_of_converse(body: bytes, where: str) -> None:
    """Raise if a body is not of the shapes that Converse takes: no client speaks it.

    Numbers beyond their bounds are the client's own, and go on in any dialect.
    """
    request = json.loads(body)
    sides = [message.get("role") for message in request["messages"]]
    if any(one == next_ for one, next_ in pairwise(sides)):
        raise AssertionError(f"{where} is no request: two messages of one side in a row")
    faults = _CONVERSE.iter_errors(request)
    fault = best_match(each for each in faults if each.validator not in ("minimum", "maximum"))
    if fault is not None:
        raise AssertionError(f"{where} is no request: {fault.validator} at {fault.json_path}")


def _check_is_seen(body: bytes, dialect: str, head: Head) -> None:
    """Raise if the quick look at what leaves would miss a text that the dialect reads in it."""
    spoken = BY_NAME[dialect]
    seen = {*every_text(parse(body)), *(value for _, value in head.headers)}
    if any(text not in seen for text, _ in spoken.leaves(spoken.parse(body, head))):
        raise LeakError(f"{dialect}: a text is not looked at")


def _check(body: bytes, where: str) -> None:
    """Raise if the value is in a body, however often it is wrapped."""
    said = _SIGN.sub(" ", json.dumps(json.loads(body), ensure_ascii=False)).replace("\\", "")
    if VALUE in said:
        raise LeakError(where)
