"""The review console as an auditor uses it: the real command, in a real browser.

`test_the_walk` is the one that docs/audit-review.md describes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext, Page, expect

from guardrail_gw.audit.access import accesses
from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.cli.audit import command
from tests.support.audit_world import World, world
from tests.support.chromium import chromium, started
from tests.support.review_command import reviewing_of
from tests.support.review_index import march

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

Scheme = Literal["light", "dark"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "/",
    "/exchanges/1",
    "/exchanges",
    "/exchanges/5",
    "/person?person=anna.schmidt&since=2026-03-01&until=2026-03-31",
    "/looks",
)
"""`/log` is made of the parts of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """A running `guardrail-gw review`, and a browser that has the session."""

    base: str
    session: BrowserContext
    access: Path

    def again(
        self,
        browser: Browser,
        *,
        scripts: bool = True,
        scheme: Scheme = "light",
        width: int = 1240,
    ) -> BrowserContext:
        """Another window of the same session, with other habits."""
        return browser.new_context(
            storage_state=self.session.storage_state(),
            java_script_enabled=scripts,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
        )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The log of March, in the archive that an operator hands over."""
    chromium()
    keyed = march(world(tmp_path_factory.mktemp("march")))
    write_bundle(keyed.log, keyed.public_folder, keyed.home / "audit-bundle.zip")
    return keyed


@pytest.fixture(scope="module")
def reviewing(logged: World, browser: Browser) -> Iterator[Reviewing]:
    """The command over the archive with two keys, entered by its link."""
    keys = [logged.home / "keys" / "auditors" / f"{name}.key" for name in ("auditor", "escrow")]
    archive = logged.home / "audit-bundle.zip"
    with reviewing_of(archive, keys) as (link, base):
        session = browser.new_context(accept_downloads=True)
        session.new_page().goto(link)
        access = archive.with_name("audit-bundle.zip.access")
        yield Reviewing(base=base, session=session, access=access)


def test_the_walk(reviewing: Reviewing, logged: World) -> None:
    """From the archive to: which provider saw it, on what basis, and is the record intact?"""
    page = reviewing.session.pages[0]
    expect(page.get_by_role("heading", name="This log is intact")).to_be_visible()

    page.get_by_role("link", name="Person").click()
    page.get_by_label("Person, as the log names them").fill("anna.schmidt")
    page.get_by_label("From").fill("2026-03-01")
    page.get_by_label("To", exact=True).fill("2026-03-31")
    page.get_by_role("button", name="Answer").click()

    answer = page.get_by_role("region", name="anna.schmidt")
    expect(answer).to_contain_text("9 requests. 2 providers were asked.")
    seen, basis = answer.get_by_role("table").all()
    expect(seen.get_by_role("row")).to_contain_text(["Provider", "azure-openai", "mistral"])
    expect(seen).to_contain_text("EU")
    expect(basis).to_contain_text("default/residency")
    expect(basis).to_contain_text("the policy forbids sending what was found")
    expect(answer).to_contain_text("This log is intact.")

    page.get_by_role("link", name="1 Mar 2026, 01:00:00").click()
    expect(page.get_by_text("Proved.")).to_be_visible()
    expect(page.get_by_text("default/residency allows EU; it may run in US")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the proof").click()
    proof = logged.home / "record.tlog-proof"
    download.value.save_as(proof)
    public = str(logged.public_folder)
    assert CliRunner().invoke(command, ["check", str(proof), "--public", public]).exit_code == 0


def test_every_page_was_written_down(reviewing: Reviewing) -> None:
    """The file beside the archive names the record that was opened, and is unchanged."""
    page = reviewing.session.new_page()
    page.goto(f"{reviewing.base}/exchanges/3")

    looks = list(accesses(reviewing.access))

    assert all(look.intact for look in looks)
    assert (looks[-1].act, looks[-1].records[0][0]) == ("exchange", 3)


def test_without_scripts_everything_works(reviewing: Reviewing, browser: Browser) -> None:
    """A form narrows the list, a line leads to its request, an original opens: by HTML alone."""
    window = reviewing.again(browser, scripts=False)
    page = window.new_page()

    page.goto(f"{reviewing.base}/exchanges")
    page.locator("select[name=provider]").select_option("mistral")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 requests match")).to_be_visible()
    page.get_by_role("link", name="1 Mar 2026, 03:00:00").click()
    page.get_by_label("Why do you open it?").fill("Complaint 118")
    page.get_by_role("button", name="Open the original").click()

    expect(page.get_by_text("You opened the original.")).to_be_visible()
    expect(page.get_by_text("erika@example.org")).to_be_visible()
    window.close()


def test_the_keyboard_is_enough(reviewing: Reviewing) -> None:
    """The first stop leads past the menu; a question is asked, a request opened, by keys alone."""
    page = reviewing.session.new_page()
    page.goto(f"{reviewing.base}/person")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("carla.rossi")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 requests. 1 provider was asked.")).to_be_visible()
    first = page.get_by_role("link", name=re.compile("2026, "))
    first.first.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="carla.rossi asked")).to_be_visible()


def test_hostile_text_does_nothing(reviewing: Reviewing) -> None:
    """A text full of attacks runs nothing, loads nothing, and hides nothing."""
    page = reviewing.session.new_page()
    hosts, complaints = set[str](), list[str]()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))

    page.goto(f"{reviewing.base}/exchanges?id=0195-0011")
    page.get_by_role("row").nth(1).get_by_role("link").click()

    expect(page).to_have_title(re.compile("^Request"))
    shown = page.get_by_role("region", name="The text, before and after")
    expect(shown).to_contain_text("<script>document.title='owned'</script>")
    expect(shown.get_by_title("U+202E RIGHT-TO-LEFT OVERRIDE").first).to_be_visible()
    expect(shown.get_by_title("U+001B CONTROL").first).to_be_visible()
    assert hosts == {reviewing.base.split("/")[2]}
    assert complaints == []
    assert page.locator("main img, main script, main a[href^=javascript]").count() == 0


@pytest.mark.parametrize(("scheme", "rules"), [("light", WCAG), ("dark", ["color-contrast"])])
def test_pages_meet_wcag_aa(
    reviewing: Reviewing, browser: Browser, scheme: Scheme, rules: list[str]
) -> None:
    """Names, order, landmarks and contrast on every page; in the dark only contrast differs."""
    window = reviewing.again(browser, scheme=scheme)
    page = window.new_page()
    paths = PAGES if scheme == "light" else PAGES[:2]
    found = {path: _violations(page, reviewing.base + path, rules) for path in paths}
    window.close()

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def _violations(page: Page, address: str, rules: list[str]) -> list[str]:
    """What axe-core finds, with everything that can be unfolded unfolded."""
    page.goto(address)
    for summary in page.locator("summary").all():
        summary.click()
    results = Axe().run(page, options={"runOnly": rules})
    return [
        f"{violation['id']}: {node['html'][:90]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


def test_a_narrow_window_scrolls_in_one_direction(reviewing: Reviewing, browser: Browser) -> None:
    """At 320 pixels, which is 1280 at 400 %, no page is wider than the window (WCAG 1.4.10)."""
    window = reviewing.again(browser, width=320)
    page = window.new_page()
    wide = []
    for path in PAGES:
        page.goto(reviewing.base + path)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    window.close()

    assert wide == []


def test_the_link_lets_one_browser_in(reviewing: Reviewing, browser: Browser) -> None:
    """Another browser on the same machine sees nothing."""
    stranger = browser.new_context().new_page()

    stranger.goto(reviewing.base)

    expect(stranger.get_by_text("No session is open here.")).to_be_visible()


def test_an_index_can_be_forgotten(logged: World) -> None:
    """With `--forget` nothing of it is left when the command ends; the record of looks is."""
    keys = [logged.home / "keys" / "auditors" / "auditor.key"]
    place = logged.home / "forgotten.sqlite"
    with reviewing_of(logged.log, keys, "--index", str(place), "--forget"):
        assert place.exists()

    assert list(logged.home.glob("forgotten.sqlite*")) == []
    assert (logged.home / "log.access").exists()
