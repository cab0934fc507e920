"""A rehearsal goes through the rooms that serve: what a classifier is handed has left them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.checked import checked_deployments
from guardrail_gw.core.exchange import Head
from guardrail_gw.core.identity import Principal
from guardrail_gw.dialects.every import BY_NAME, SURFACES
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.source import load_set
from guardrail_gw.policy.vocabulary import Vocabulary
from guardrail_gw.rehearsal import Rehearsal, Rehearsed, arranged_rehearsal, inbound_of
from guardrail_gw.settings import Settings
from tests.support.rehearsed import own, written
from tests.support.semantics import Told
from tests.support.world import InlineDetectors

MAIL, IBAN = "anna.schmidt@example.org", "DE89 3704 0044 0532 0130 00"
ASKED = f"Which bank has {IBAN}, and what does {MAIL} pay there?"
TURN = {"role": "user", "content": ASKED}
BODIES: dict[str, dict[str, Any]] = {
    "openai_chat": {"model": "m", "messages": [TURN]},
    "anthropic_messages": {"model": "m", "max_tokens": 9, "messages": [TURN]},
    "openai_responses": {"model": "m", "input": ASKED},
    "openai_completions": {"model": "m", "prompt": ASKED},
    "cohere_chat": {"model": "m", "messages": [TURN]},
    "gemini_generate": {"contents": [{"role": "user", "parts": [{"text": ASKED}]}]},
}


def rehearsal(folder: Path, told: Told) -> Rehearsal:
    """One model whose only class prefers the deployment in the US."""
    model = {
        "name": "m",
        "deployments": ["eu", "us"],
        "objective": "semantic",
        "classes": {"one": {"prefer": ["us"]}},
    }
    semantic = {"classes": "classes.yaml"}
    path = written(folder, [model], [own("us", "US"), own("eu", "DE")], semantic=semantic)
    settings, detectors = Settings.load(path), InlineDetectors()
    catalog = settings.catalog()
    vocabulary = Vocabulary(
        detectable=detectors.entities,
        jurisdictions=catalog.jurisdictions.members,
        surfaces=SURFACES,
    )
    return arranged_rehearsal(
        settings,
        checked_deployments(settings, catalog),
        load_set(folder / "policies", vocabulary),
        detectors,
        SystemClock(),
        classifier=told,
    )


async def rehearsed(made: Rehearsal, dialect: str, body: dict[str, Any]) -> Rehearsed:
    """One request of it."""
    raw = json.dumps(body).encode()
    head = Head(path=":generateContent", model="m") if "contents" in body else Head()
    question = BY_NAME[dialect].parse(raw, head)
    who = Principal(tenant="t", team="t", user="u", key_id="k")
    return await made.plan(inbound_of(question, who, 0, raw))


@pytest.mark.allow_blocking
async def test_only_what_leaves_is_sorted_and_the_law_goes_before_the_class(tmp_path: Path) -> None:
    """In each dialect the classifier hears placeholders; who is preferred and unlawful is out."""
    told = Told()
    made = await asyncio.to_thread(rehearsal, tmp_path, told)

    for dialect, body in BODIES.items():
        result = await rehearsed(made, dialect, body)

        heard = told.heard.pop()
        assert "pay there?" in heard
        assert "EMAIL_ADDRESS_" in heard
        assert "IBAN_CODE_" in heard
        assert MAIL not in heard
        assert "3704" not in heard
        assert {e.deployment: e.place for e in result.entries}["us"] is None
        assert result.route_class is not None


@pytest.mark.allow_blocking
async def test_without_personal_data_the_preferred_one_is_first(tmp_path: Path) -> None:
    """The same class, and nothing that binds the request to a place."""
    made = await asyncio.to_thread(rehearsal, tmp_path, Told())
    turn = {"role": "user", "content": "Which bank has the most branches?"}

    result = await rehearsed(made, "openai_chat", {"model": "m", "messages": [turn]})

    assert {e.deployment: e.place for e in result.entries} == {"us": 1, "eu": 2}
