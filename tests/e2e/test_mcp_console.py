"""Calls that wait, decided in a real browser: real gateway, real command, real Chromium."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from guardrail_gw.audit.acts import leaves
from tests.story.test_mcp_governance_story import Here, here
from tests.support.chromium import beside_others
from tests.support.review_command import served

pytestmark = [
    *(pytest.mark.e2e, pytest.mark.allow_blocking, pytest.mark.timeout(180)),
    pytest.mark.asyncio(loop_scope="module"),
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
_SETTLED = "Promise.all(document.getAnimations().map(one => one.finished)).then(() => null)"
"""Colours change by and by."""
ARGUMENTS = {"who": "Anna Schmidt", "note": "a very quiet word"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """A gateway whose calls wait, and an approver's browser that has the session."""

    at: Here
    browser: Browser
    page: Page
    link: str

    def call(self, tool: str = "one__drop") -> "asyncio.Task[dict[str, Any]]":
        """A client that calls a tool, and waits."""
        asked = self.at.ask("/mcp", "tools/call", name=tool, arguments=ARGUMENTS)
        return asyncio.ensure_future(asked)

    async def shown(self, heading: str) -> None:
        """Wait until the page says so, as it looks again by itself."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(
            heading, timeout=20_000
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests, each of which has a window that knows nothing of the others."""
    async with beside_others() as started:
        yield started


@asynccontextmanager
async def deciding(folder: Path, browser: Browser) -> AsyncIterator[Deciding]:
    """Every call of `one` waits; the approver is erika."""
    config = str(folder / "gateway.yaml")
    async with here(folder, '{require_approval: ["one/*"]}') as at:
        await at.names("/mcp")  # pinned at first use
        with served("mcp", "console", "--config", config, "--by", "erika") as (link, _):
            page = await (await browser.new_context()).new_page()
            await page.goto(link)
            yield Deciding(at=at, browser=browser, page=page, link=link)


async def test_a_call_is_allowed_in_a_browser(tmp_path: Path, browser: Browser) -> None:
    """The page finds it by itself; it goes on when the button is pressed, on record with why."""
    async with deciding(tmp_path, browser) as on:
        await on.shown("No call waits")
        calling = on.call()
        await on.shown("1 call waits for you")
        section = on.page.get_by_role("region", name="drop at one")
        await expect(section).to_contain_text("Name of a person")
        await expect(section).to_contain_text("note, who")
        content = await on.page.content()
        assert on.at.heard("one") == []

        await on.page.get_by_label("Why (recorded, sealed)").fill("as agreed")
        await on.page.get_by_role("button", name="Allow").click()

        await expect(on.page.get_by_role("status")).to_have_text(
            "The call is allowed, and goes on."
        )
        answer = await asyncio.wait_for(calling, 20)
        acts = [*leaves(on.at.folder / "audit-acts")]
        outcomes = await on.at.outcomes()

    assert "Anna Schmidt" in answer["result"]["content"][0]["text"]
    assert "Anna" not in content
    assert "quiet word" not in content
    assert [each["act"] for each in acts if each["kind"] == "approval"][-1] == "allowed"
    assert any("erika" in str(meta.get("tool")) for meta in outcomes)


async def test_enter_refuses_and_the_first_decision_holds(tmp_path: Path, browser: Browser) -> None:
    """A key pressed by mistake lets nothing pass; who comes later is told that it is over."""
    async with deciding(tmp_path, browser) as on:
        calling = on.call()
        await on.shown("1 call waits for you")
        late = await on.page.context.new_page()
        await late.goto(on.page.url)

        await on.page.get_by_label("Why (recorded, sealed)").press("Enter")
        await expect(on.page.get_by_role("status")).to_have_text("The call is refused.")
        await late.get_by_role("button", name="Allow").click()
        await expect(late.get_by_role("status")).to_contain_text("does not wait any more")
        answer = await asyncio.wait_for(calling, 20)
        heard, codes = on.at.heard("one"), await on.at.codes()

    assert "said no" in answer["error"]["message"]
    assert heard == []
    assert codes == ["tools.approval_refused"]


async def test_the_link_lets_one_browser_in(tmp_path: Path, browser: Browser) -> None:
    """Another one gets nothing to see, by the link or without it."""
    async with deciding(tmp_path, browser) as on:
        stranger = await (await on.browser.new_context()).new_page()
        told = []
        for address in (on.link, on.page.url):
            response = await stranger.goto(address)
            assert response is not None
            told.append(response.status)

    assert told == [403, 403]


async def test_everybody_can_use_it(tmp_path: Path, browser: Browser) -> None:
    """WCAG 2.2 AA, light and dark, with calls and without; a narrow window cuts nothing off."""
    async with deciding(tmp_path, browser) as on:
        seen = [
            await _looked_at(on.page, tmp_path / f"none-{scheme}.png", scheme) for scheme in SCHEMES
        ]
        calling = [on.call(), on.call("one__look")]
        await on.shown("2 calls wait for you")
        seen += [
            await _looked_at(on.page, tmp_path / f"calls-{scheme}.png", scheme)
            for scheme in SCHEMES
        ]
        await on.page.set_viewport_size({"width": 360, "height": 800})
        wide = await on.page.evaluate("document.documentElement.scrollWidth")
        await on.page.screenshot(path=tmp_path / "narrow.png", full_page=True)
        for each in calling:
            each.cancel()
        await asyncio.gather(*calling, return_exceptions=True)

    assert seen == [""] * 4
    assert wide <= 360


async def _looked_at(page: Page, path: Path, scheme: Scheme) -> str:
    """What is wrong with the page in that scheme; a picture of it is kept."""
    await page.emulate_media(color_scheme=scheme)
    await page.evaluate(_SETTLED)
    found = await Axe().run(page, options={"runOnly": WCAG})
    await page.screenshot(path=path, full_page=True)
    return found.generate_report() if found.violations_count else ""
