"""Policies with a `when`, on both wires: they count for the requests that they are about."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from tests.support.policies import policy_text
from tests.support.world import World, world

ADDRESS = "anna.schmidt@example.org"
FRONTIER = """\
when: 'model.startsWith("american") || model.startsWith("claude")'
residency: {allow_jurisdictions: [EU], when: always}
audit: {detail: redacted}
"""
MANY = """\
when: 'found.EMAIL_ADDRESS >= 3'
pii: {entities: {EMAIL_ADDRESS: {action: block}}}
"""
CAREFUL = """\
when: 'found.EMAIL_ADDRESS >= 1'
pii: {entities: {EMAIL_ADDRESS: {action: redact}}}
audit: {detail: full}
"""
ODD = "when: 'features[0] == \"storage\"'\npii: {entities: {IBAN_CODE: {action: block}}}"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The default policy and those beside it."""
    folder = shutil.copytree(shipped("policies/default"), tmp_path / "policies")
    for name, spec in (("frontier", FRONTIER), ("many", MANY)):
        (folder / f"{name}.yaml").write_text(policy_text(name, spec), encoding="utf-8")
    return folder


@pytest.fixture
async def here(tmp_path: Path, own: Path) -> AsyncIterator[World]:
    """A gateway that obeys them."""
    async with world(tmp_path / "world", policies=own) as started:
        yield started


def intents(here: World) -> list[dict[str, Any]]:
    """What the intents on record say."""
    return [dict(r.meta) for r in here.records() if r.kind == "intent" and r.meta]


async def test_the_class_of_a_model_decides(here: World) -> None:
    """The same text goes anywhere for one model, and to lawful deployments only for another."""
    free, _ = await here.ask("Say hello to everybody.")
    bound, answer = await here.ask("Say hello to everybody.", model="american")

    first, second = intents(here)
    assert (free, len(here.us.received)) == (200, 1)
    assert (bound, answer["error"]["code"]) == (451, "residency.no_lawful_upstream")
    assert first["documents"] == ["default"]
    assert second["documents"] == ["default", "frontier"]
    assert (first["detail"], second["detail"]) == ("metadata", "redacted")


async def test_a_model_of_the_class_that_has_lawful_deployments_is_answered_there(
    here: World,
) -> None:
    """Where the condition holds, the request goes to Europe though it names nobody."""
    body = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}

    status, _ = await here.post_messages(body)

    (intent,) = intents(here)
    assert status == 200
    assert intent["documents"] == ["default", "frontier"]
    assert sorted(intent["lawful"]) == ["eu-m0", "eu2-m0"]
    assert len(here.us.received) == 0


@pytest.mark.parametrize("stream", [False, True])
async def test_how_much_was_found_decides(here: World, stream: bool) -> None:  # noqa: FBT001 - a parameter
    """Two addresses are replaced; three are refused, and no provider hears of it."""
    two = f"{ADDRESS} and ben@example.org"

    few, _ = await here.ask(f"Write to {two}.", stream=stream)
    sent = len(here.sent)
    many, answer = await here.ask(f"Write to {two} and cem@example.org.", stream=stream)

    assert (few, many, answer["error"]["code"]) == (200, 403, "policy.blocked")
    assert len(here.sent) == sent
    assert [i["documents"] for i in intents(here)] == [["default"], ["default", "many"]]
    assert not any(b"@example.org" in body for body in here.sent)


async def test_every_turn_of_a_conversation_is_counted(here: World) -> None:
    """A third address in a later turn counts with the two of the turns before it."""
    filler = "Please keep this in mind for later. " * 200
    turns = [{"role": "user", "content": f"{filler} {ADDRESS}, ben@example.org"}]
    first, _ = await here.post({"model": "assistant", "messages": turns})
    turns += [
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "And cem@example.org."},
    ]

    second, _ = await here.post({"model": "assistant", "messages": turns})

    assert (first, second) == (200, 403)


async def test_no_field_and_no_header_takes_it_away(here: World) -> None:
    """What a client adds to a request for that model leaves it where it was."""
    said = {"role": "user", "content": "Hello"}
    extra: list[dict[str, Any]] = [
        {"stream": True},
        {"user": "admin", "metadata": {"team": "other", "model": "assistant"}},
        {"when": "false", "policy": "none", "tenant": "other", "time.hour": 3},
    ]

    for more in extra:
        status, _ = await here.post(
            {"model": "american", "messages": [said], **more},
            headers={"x-team": "other", "x-model": "assistant", "date": "Mon, 01 Jan 2001"},
        )
        assert status == 451

    assert here.sent == []


async def test_a_reload_takes_another_condition_and_keeps_the_last_good_one(
    here: World, own: Path
) -> None:
    """A condition that is at fault leaves the former in force; one that is sound replaces it."""
    path = own / "frontier.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("model.startsWith", "modle.startsWith"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"frontier\.yaml:6:3: spec\.when: line 1, column 1"):
        await here.gateway.reload()
    kept, _ = await here.ask("Hello", model="american")
    path.write_text(text.replace('"american"', '"african"'), encoding="utf-8")
    await here.gateway.reload()

    changed, _ = await here.ask("Hello", model="american")

    assert (kept, changed) == (451, 200)


async def test_what_counts_late_counts_in_everything(tmp_path: Path, own: Path) -> None:
    """A policy that comes in because of what was found also says what the record holds."""
    (own / "many.yaml").write_text(policy_text("many", CAREFUL), encoding="utf-8")

    async with world(tmp_path / "world", policies=own) as here:
        status, _ = await here.ask(f"Write to {ADDRESS}.")

    (intent,) = intents(here)
    assert status == 200
    assert (intent["documents"], intent["detail"]) == (["default", "many"], "full")
    assert b"EMAIL_ADDRESS_REDACTED" in here.sent[0]


async def test_what_cannot_be_judged_counts_and_is_counted(tmp_path: Path, own: Path) -> None:
    """A condition that errs at each request is as one that holds; record and metric name it."""
    (own / "odd.yaml").write_text(policy_text("odd", ODD), encoding="utf-8")

    async with world(tmp_path / "world", policies=own) as here:
        status, answer = await here.ask("IBAN DE89 3704 0044 0532 0130 00.")
        _, metrics = await here.get("/metrics")

    (intent,) = intents(here)
    assert (status, answer["error"]["code"]) == (403, "policy.blocked")
    assert intent["unsure"] == ["odd"]
    assert b'guardrail_gw_policy_unsure_total{document="odd"} 1.0' in metrics


async def test_a_candidate_with_a_condition_is_judged_beside(tmp_path: Path, own: Path) -> None:
    """What a candidate would decide under its condition is counted where it holds, only there."""
    async with world(tmp_path / "world", shadow_policies=str(own)) as here:
        await here.ask("Hello", model="american")
        await here.ask("Hello")

    told = [each["shadow"]["changes"] for each in intents(here)]
    assert [[c["subject"] for c in changes] for changes in told] == [
        ["outcome", "audit detail"],
        [],
    ]
