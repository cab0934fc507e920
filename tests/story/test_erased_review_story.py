"""A person is erased: what an auditor's index and console know of them afterwards."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.audit.index.file import open_index
from guardrail_gw.audit.index.refresh import Log, refresh
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.cli.main import commands
from guardrail_gw.console.desk import Checked, Review
from guardrail_gw.keys.private import load_recipient
from tests.support.audit_world import SteadyClock
from tests.support.browsing import Browser, browsing
from tests.support.policies import policy_text, write_policies
from tests.support.review_index import LAW
from tests.support.world import World, world

_SPEC = "pii: {default: {action: token}}\naudit: {detail: redacted, subject: user}"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """Texts are kept as they leave, and belong to whoever asks."""
    folder = tmp_path / "policies"
    folder.mkdir()
    return write_policies(folder, base=policy_text(spec=_SPEC))


def _review(here: World) -> tuple[Review, Checked]:
    """Verify and index the log as it is now."""
    keys = here.folder / "keys"
    log = Log(
        directory=here.folder / "audit",
        public=keys / "audit-public",
        keys=(load_recipient(keys / "auditors" / "auditor.key"),),
    )
    clock, path = SteadyClock(), here.folder / "index.sqlite"
    access = AccessLog(here.folder / "audit.access", log.keys[0], clock)
    index = open_index(path, log.keys)
    report = refresh(log, index, LAW, clock.now_us(), access, lambda *_: None)
    index.close()
    made = Review(log=log, index=path, access=access, law=LAW, clock=clock, groups=("auditor",))
    return made, Checked(report=report, at_us=clock.now_us())


async def _run(*arguments: object) -> Result:
    invoked = CliRunner().invoke
    return await asyncio.to_thread(invoked, commands, list(map(str, arguments)))


async def _erase(here: World) -> None:
    who = ("--tenant", "acme", "--subject", "ci", "--basis", "art17")
    config = ("--config", here.folder / "gateway.yaml")
    erased = await _run("audit", "erase", *config, *who, "--reason", "x", "--by", "dpo")
    assert erased.exit_code == 0, erased.output


async def _read(browser: Browser, *paths: str) -> list[str]:
    """Pages, without the marks that keep names from turning the writing."""
    pages = [(await browser.get(path))[1] for path in paths]
    return [page.replace("<bdi>", "").replace("</bdi>", "") for page in pages]


async def _check_again(browser: Browser) -> None:
    browser.desk.check()
    async with asyncio.timeout(30):
        while browser.desk.checking is not None:  # noqa: ASYNC110 - another thread ends it
            await asyncio.sleep(0.02)
    assert not browser.desk.trouble


async def test_a_console_forgets_who_was_erased(tmp_path: Path, policies: Path) -> None:
    """Once it has looked again, name and text are told as erased, and the log verifies."""
    async with world(tmp_path, policies=policies) as here:
        await here.ask("My name is Anna Schmidt.")
        await here.ask("And again.")
        made, checked = await asyncio.to_thread(_review, here)
        async with browsing(made, checked) as browser:
            (found,) = await _read(browser, "/exchanges?person=ci")
            newest = re.findall(r"/exchanges/\d+", found)[0]
            paths = ("/exchanges", newest, "/exchanges?person=ci")
            listed, shown, _ = await _read(browser, *paths)
            await _erase(here)
            await _check_again(browser)
            list_after, shown_after, found_after = await _read(browser, *paths)
            verdict = browser.desk.checked.report.verdict

    assert ">ci<" in listed
    assert "ci asked" in shown
    assert "And again." in shown
    assert "And again." not in shown_after
    assert "This text was erased" in shown_after
    assert "Somebody whose name was erased asked" in shown_after
    assert ">ci<" not in list_after
    assert ">erased<" in list_after
    assert newest not in found_after
    assert verdict in {Verdict.OK, Verdict.INCOMPLETE}


async def _search(here: World, name: str, *more: object) -> Result:
    """Search a copy of the log, which has no register beside it, for the person."""
    log, keys = here.folder / name / "log", here.folder / "keys"
    shutil.copytree(here.folder / "audit", log)
    given = ("--key", keys / "auditors" / "auditor.key", "--public", keys / "audit-public")
    index = ("--index", here.folder / "copied.sqlite", "--subject", "ci", "--json")
    return await _run("audit", "search", log, *given, *index, *more)


async def test_a_search_of_a_copy_asks_the_register(tmp_path: Path, policies: Path) -> None:
    """Without it there are no names; with it there are, until the person was erased."""
    async with world(tmp_path, policies=policies) as here:
        await here.ask("My name is Anna Schmidt.")
        kept = ("--register", here.folder / "audit-register" / "register.db")
        without = await _search(here, "without")
        found = await _search(here, "with", *kept)
        await _erase(here)
        lost = await _search(here, "after", *kept, "--acts", here.folder / "audit-acts")

    assert (without.exit_code, without.output) == (1, "")
    assert (found.exit_code, '"user":"ci"' in found.output) == (0, True)
    assert (lost.exit_code, lost.output) == (1, "")
