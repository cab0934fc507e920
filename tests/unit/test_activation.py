"""Other policies come into force as a whole, recorded first, or not at all."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.activation import Activation
from guardrail_gw.audit.log import AuditLog
from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.keys.policy_signatures import SignedPolicies
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.source import DATA, PolicySet, PolicySource, load_set
from tests.support.policies import policy_text, vocabulary, write_policies
from tests.support.signers import ANNA, BEN, guard, manifest, sign

CALLER = Principal(tenant="acme", team="crm", user="u", key_id="k")
ACTIONS = ("token", "hash", "mask", "redact", "block")


@dataclass
class Log:
    """An audit log that remembers, or is down."""

    digests: list[str] = field(default_factory=list)
    down: bool = False
    in_force: Callable[[], str] = str
    before: list[str] = field(default_factory=list)
    """What was in force when each record was written."""

    async def activated(self, policies: PolicySet) -> None:
        """As `AuditLog.activated`."""
        await asyncio.sleep(0)
        if self.down:
            raise AuditDown("the log is down")
        self.digests.append(policies.digest)
        self.before.append(self.in_force())


@dataclass
class Scene:
    """A folder, what watches over it, and what was told."""

    folder: Path
    activation: Activation
    log: Log
    told: list[str]

    @property
    def digest(self) -> str:
        """Of what is in force."""
        return self.activation.policies.current.digest

    async def write(self, action: str) -> str:
        """Put another policy into the folder; its digest."""
        text = policy_text(spec=f"pii: {{default: {{action: {action}}}}}")
        return await asyncio.to_thread(self._write, text)

    async def put(self, text: str) -> None:
        """Put a file into the folder as it is."""
        await asyncio.to_thread(write_policies, self.folder, base=text)

    def _write(self, text: str) -> str:
        write_policies(self.folder, base=text)
        return load_set(self.folder, vocabulary()).digest


async def scene(tmp_path: Path, guarded: SignedPolicies | None = None) -> Scene:
    """Policies in force, not recorded yet."""
    return await asyncio.to_thread(_scene, tmp_path, guarded)


def _scene(tmp_path: Path, guarded: SignedPolicies | None) -> Scene:
    folder = tmp_path / "policies"
    folder.mkdir()
    write_policies(folder, base=policy_text())
    if guarded:
        sign(folder, manifest(load_set(folder, vocabulary()).digest), ANNA, BEN)
    source, log, told = PolicySource.load(folder, vocabulary(), guarded), Log(), list[str]()
    log.in_force = lambda: source.current.digest
    activation = Activation(policies=source, audit=cast(AuditLog, log), counted=told.append)
    return Scene(folder, activation, log, told)


async def test_a_change_is_recorded_before_it_is_in_force(tmp_path: Path) -> None:
    """The record of the new policies is there while the former ones still rule."""
    here = await scene(tmp_path)
    await here.activation.begin()
    first = here.digest
    second = await here.write("block")

    await here.activation.reload()

    assert here.log.digests == [first, second]
    assert here.log.before == [first, first]
    assert here.digest == second
    assert here.told == ["activated", "activated"]


async def test_what_is_not_recorded_does_not_come_into_force(tmp_path: Path) -> None:
    """While the log is down the former policies rule, and it is tried again."""
    here = await scene(tmp_path)
    first, second = here.digest, await here.write("block")
    here.log.down = True

    again = await here.activation.refresh()
    kept, problem = here.digest, here.activation.problem
    here.log.down = False
    await here.activation.refresh()

    assert again
    assert (kept, problem) == (first, "the log is down")
    assert (here.digest, here.activation.problem) == (second, None)


async def test_the_same_policies_are_not_recorded_twice(tmp_path: Path) -> None:
    """A reload without a change is none."""
    here = await scene(tmp_path)
    await here.activation.begin()

    await here.activation.reload()

    assert len(here.log.digests) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense", "base.yaml:1:1"), (policy_text() + "# unsigned\n", "signed are other policies")],
)
async def test_the_last_good_policies_rule_on(tmp_path: Path, text: str, said: str) -> None:
    """What is not valid, or not signed, is refused and told; what was in force stays."""
    here = await scene(tmp_path, guard(tmp_path))
    first = here.digest
    await here.put(text)

    with pytest.raises(ConfigError, match=said):
        await here.activation.reload()
    again = await here.activation.refresh()

    assert not again
    assert here.digest == first
    assert here.told == ["refused", "refused"]
    assert said in (here.activation.problem or "")


async def test_a_new_signature_on_old_policies_is_a_change(tmp_path: Path) -> None:
    """Going up in serial without a change of words is recorded, so that everybody sees it."""
    here = await scene(tmp_path, guard(tmp_path))
    await here.activation.begin()
    again = manifest(here.digest, serial=9)
    await asyncio.to_thread(sign, here.folder, again, ANNA, BEN)

    await here.activation.reload()

    approval = here.activation.policies.current.approval
    assert approval is not None
    assert approval.serial == 9
    assert len(here.log.digests) == 2


async def test_a_folder_that_changes_is_taken_by_itself(tmp_path: Path) -> None:
    """The watch takes a plain change, and one by a swapped link as Kubernetes makes it."""
    here = await scene(tmp_path)
    seen = []
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(here.activation.watch(0.01))
        for change in (
            here.write("block"),
            asyncio.to_thread(_swapped, here.folder, "mask"),
            asyncio.to_thread(_swapped, here.folder, "hash"),
        ):
            digest = await change
            while here.digest != digest:  # noqa: ASYNC110 - what is watched tells nobody
                await asyncio.sleep(0.01)
            seen.append(digest)
        watch.cancel()

    assert len(set(seen)) == 3


def _swapped(folder: Path, action: str) -> str:
    """Another version in a folder of its own, and the link to it swapped."""
    version = folder / f"..{action}"
    version.mkdir()
    write_policies(version, base=policy_text(spec=f"pii: {{default: {{action: {action}}}}}"))
    link = folder / "..new"
    link.symlink_to(version.name)
    link.replace(folder / DATA)
    return load_set(folder, vocabulary()).digest


async def test_a_link_that_leads_nowhere_keeps_the_last_good(tmp_path: Path) -> None:
    """A volume that is gone is told, and changes nothing."""
    here = await scene(tmp_path)
    first = here.digest
    await asyncio.to_thread((here.folder / DATA).symlink_to, "..gone")

    await here.activation.refresh()

    assert here.digest == first
    assert "leads to no folder" in (here.activation.problem or "")


STEPS = st.lists(
    st.one_of(st.just("begin"), st.just("end"), st.sampled_from(ACTIONS), st.just("broken")),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_a_request_keeps_the_policies_it_began_with(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """However reloads, good and bad, fall between: what a request obeys never changes under it."""
    asyncio.run(_interleaved(tmp_path_factory.mktemp("p"), steps))


async def _interleaved(tmp_path: Path, steps: list[str]) -> None:
    here = await scene(tmp_path)
    running: list[tuple[Policy, str, str]] = []
    number = itertools.count()
    good = "token"
    for step in steps:
        if step == "begin":
            policy = here.activation.policies.current.resolve(CALLER, "openai_chat")
            assert policy.default.action == good
            running.append((policy, policy.digest, policy.default.action))
        elif step == "end" and running:
            policy, digest, action = running.pop(0)
            assert (policy.digest, policy.default.action) == (digest, action)
        elif step == "broken":
            await here.put(f"nonsense {next(number)}")
            await here.activation.refresh()
        elif step in ACTIONS:
            await here.write(step)
            await here.activation.refresh()
            good = step
    assert all(p.digest == d and p.default.action == a for p, d, a in running)
