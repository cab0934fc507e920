"""A person is erased while the gateway runs: told by what an auditor opens, before and after."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.acts import Fate
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.cli.main import commands
from guardrail_gw.keys.register import Register
from tests.support.policies import policy_text, write_policies
from tests.support.world import World, world

_SPEC = "pii: {default: {action: token}}\naudit: {detail: full, subject: user}"


async def _run(*arguments: object) -> Result:
    invoked = CliRunner().invoke
    return await asyncio.to_thread(invoked, commands, list(map(str, arguments)))


async def _erase(here: World, *more: str) -> Result:
    who = ("--tenant", "acme", "--subject", "ci", *more)
    given = ("--basis", "art17", "--reason", "ticket 4711", "--by", "dpo", "--json")
    return await _run("audit", "erase", "--config", here.folder / "gateway.yaml", *who, *given)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """One policy: the whole request is recorded, and belongs to whoever asks."""
    folder = tmp_path / "policies"
    folder.mkdir()
    return write_policies(folder, base=policy_text(spec=_SPEC))


async def test_a_person_is_erased_from_a_running_gateway(tmp_path: Path, policies: Path) -> None:
    """Two recipients read who asked and what; after the erasure nobody does, and all verifies."""
    async with world(tmp_path, policies=policies) as here:
        status, _ = await here.ask("My name is Anna Schmidt.")
        before = here.records("auditor", "escrow")

        erased = await _erase(here)

        after = here.records("auditor", "escrow")
        shown = [r for r in after if r.kind == "intent"]
    report = here.verified()
    (intent,) = (r for r in before if r.kind == "intent")
    assert status == 200
    assert (intent.meta or {})["user"] == "ci"
    assert b"Anna Schmidt" in (intent.content or b"")
    assert erased.exit_code == 0, erased.output
    assert json.loads(erased.output) == {"destroyed": 2, "waiting": []}
    assert [(r.content, r.fate) for r in shown] == [(None, Fate.ERASED)]
    assert (shown[0].meta or {})["user"] is None
    assert report.verdict is Verdict.OK
    assert b"Anna" not in b"".join(p.read_bytes() for p in tmp_path.glob("audit*/*"))


async def test_a_refusal_keeps_no_name_either(tmp_path: Path, policies: Path) -> None:
    """Who asked for a model that is not there is sealed under their own key, too."""
    async with world(tmp_path, policies=policies) as here:
        status, _ = await here.ask("hello", model="none")
        before = [r.meta for r in here.records() if r.kind == "intent"]
        await _erase(here)
        after = [r.meta for r in here.records() if r.kind == "intent"]

    assert status == 404
    assert [(m or {}).get("user") for m in before] == ["ci"]
    assert [(m or {}).get("user") for m in after] == [None]


async def test_without_a_register_nothing_leaves(tmp_path: Path, policies: Path) -> None:
    """When the register cannot be asked nothing is sent, and the refusal is recorded unnamed."""
    async with world(tmp_path, policies=policies) as here:
        keyring = here.gateway.audit.keyring
        assert keyring is not None
        register = keyring._register  # noqa: SLF001 - a register that went away
        assert isinstance(register, Register)
        await register.close()

        status, answer = await here.ask("My name is Anna Schmidt.")

        sent = here.sent
        (intent,) = (r for r in here.records() if r.kind == "intent")
    assert (status, answer["error"]["code"]) == (503, "audit.register_unavailable")
    assert sent == []
    assert "user" not in (intent.meta or {})
    assert (intent.meta or {})["tenant"] == "acme"


async def test_a_hold_is_obeyed_and_explained(tmp_path: Path, policies: Path) -> None:
    """`erase` tells what has to stay, `retention` why, and `release` and `prune` end it."""
    async with world(tmp_path, policies=policies) as here:
        await here.ask("My name is Anna Schmidt.")
        config = ("--config", here.folder / "gateway.yaml")
        held = await _run("audit", "hold", *config, "--tenant", "acme", "--reason", "case 7")

        erased = await _erase(here)
        told = await _run("audit", "retention", *config, "--tenant", "acme", "--json")
        shown = await _run("audit", "retention", *config)
        released = await _run(
            "audit", "release", held.output.strip(), *config, "--reason", "closed"
        )
        again = await _run("audit", "release", held.output.strip(), *config, "--reason", "closed")
        pruned = await _run("audit", "prune", *config)
        acts = await _run("audit", "verify", here.folder / "audit-acts")

    assert (held.exit_code, erased.exit_code, told.exit_code) == (0, 1, 0)
    assert {each["decides"] for each in json.loads(told.output)} == {"hold"}
    assert {each["erasure_asked_for"] for each in json.loads(told.output)} == {"art17"}
    assert "under a hold" in shown.output
    assert (released.exit_code, again.exit_code, pruned.exit_code) == (0, 1, 0)
    assert "2 keys destroyed" in pruned.output
    assert acts.exit_code == 0, acts.output


async def test_commands_say_whose(tmp_path: Path, policies: Path) -> None:
    """Without a tenant nobody is erased or held."""
    async with world(tmp_path, policies=policies) as here:
        config = ("--config", here.folder / "gateway.yaml")
        for command in (
            ("erase", *config, "--subject", "ci", "--basis", "art17", "--reason", "x"),
            ("hold", *config, "--reason", "x"),
            ("hold", *config, "--reason", "x", "--everything", "--tenant", "acme"),
        ):
            assert (await _run("audit", *command)).exit_code == 2
