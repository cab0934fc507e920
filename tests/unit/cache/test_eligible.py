"""What the cache has nothing to do with: whatever is more than one plain question."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from guardrail_gw.cache.eligible import MOST_SENT, bypass
from guardrail_gw.core.cached import CacheUse
from guardrail_gw.core.exchange import (
    Attachment,
    Envelope,
    Head,
    Redacted,
)
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.freshness import Freshness
from guardrail_gw.core.kept import Held, Kept, Named, Recall
from guardrail_gw.core.line import Line
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.policy import Cache
from tests.support.caching import redacted
from tests.support.chat import policy

FILE: Final = Recall(kind=Kept.FILE, id="file-1", place="/input")
HELD: Final = Held(
    place="/x", holder="h", model="m", issued={}, entities=frozenset(), unscanned=False
)
BODY: Final = Envelope(before=b"{", after=b"}")
STATEFUL, SURFACE = CacheUse.STATEFUL, CacheUse.SURFACE
CASES: Final[dict[str, tuple[CacheUse, Callable[[], Redacted]]]] = {
    "kept by whoever answers": (STATEFUL, lambda: redacted(stored=True)),
    "asks to be kept": (STATEFUL, lambda: redacted(question={"store": True})),
    "goes on from something": (STATEFUL, lambda: redacted(question={"recall": FILE})),
    "in a conversation": (STATEFUL, lambda: redacted(held=HELD)),
    "names files": (STATEFUL, lambda: redacted(question={"files": (FILE,)})),
    "names what others keep": (
        STATEFUL,
        lambda: redacted(question={"kept": (Named(what="prompt", id="p", place="/prompt"),)}),
    ),
    "lists": (STATEFUL, lambda: redacted(question={"lists": Kept.FILE})),
    "makes something": (STATEFUL, lambda: redacted(question={"makes": Kept.BATCH})),
    "done twice if sent twice": (SURFACE, lambda: redacted(question={"once": True})),
    "many at once": (SURFACE, lambda: redacted(question={"lines": (1, 2)})),
    "many in their record": (SURFACE, lambda: redacted(lines=(Line(sha256="", entities={}),))),
    "many on their way": (SURFACE, lambda: redacted(envelope=replace(BODY, lines=("a",)))),
    "a form": (SURFACE, lambda: redacted(envelope=replace(BODY, is_form=True))),
    "no answer in JSON": (SURFACE, lambda: redacted(question={"media": "audio/mpeg"})),
    "no post": (SURFACE, lambda: redacted(question={"head": Head(method="GET")})),
    "nobody knows how it ends": (SURFACE, lambda: redacted(question={"dialect": "openai_images"})),
    "a feature": (
        CacheUse.FEATURE,
        lambda: redacted(question={"features": {Feature.WEB_SEARCH: "/tools/0"}}),
    ),
    "an image": (
        CacheUse.UNSCANNED,
        lambda: redacted(question={"attachments": (Attachment(media="image", place="/x"),)}),
    ),
    "not to be kept": (
        CacheUse.CLIENT,
        lambda: redacted(inbound={"freshness": Freshness(is_kept=False)}),
    ),
    "much to send": (
        CacheUse.SIZE,
        lambda: redacted(envelope=Envelope(before=b"", after=b"x" * (MOST_SENT + 1))),
    ),
    "much that came": (CacheUse.SIZE, lambda: redacted(inbound={"body": b"x" * (MOST_SENT + 1)})),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_plain_question_is_asked_for_each_time(case: str) -> None:
    """Also where the policy has all answers kept."""
    why, make = CASES[case]

    assert bypass(make(), replace(policy(), cache=Cache.ALL)) is why


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (redacted(), {Cache.NEVER: CacheUse.POLICY}),
        (
            redacted(entities={Entity("PERSON"): 1}),
            {Cache.NEVER: CacheUse.POLICY, Cache.IMPERSONAL: CacheUse.PERSONAL},
        ),
        (
            redacted(originals={"LITERAL_7K2QX9MD": "PERSON_7K2QX9MD"}),
            {Cache.NEVER: CacheUse.POLICY, Cache.IMPERSONAL: CacheUse.PERSONAL},
        ),
    ],
)
def test_the_policy_says_which(request_: Redacted, wanted: dict[Cache, CacheUse]) -> None:
    """None; those in which nothing was found, whatever was done with it; or all."""
    got = {word: bypass(request_, replace(policy(), cache=word)) for word in Cache}

    assert got == {word: wanted.get(word) for word in Cache}


def test_a_policy_that_says_nothing_means_the_impersonal() -> None:
    """What is compiled of a document without the line."""
    assert policy().cache is Cache.IMPERSONAL
    assert [use for use in CacheUse if use.result == "miss"] == [
        *(CacheUse.ABSENT, CacheUse.EXCLUDED, CacheUse.STALE)
    ]
    assert [use for use in CacheUse if use.result == "hit"] == [CacheUse.HIT]
