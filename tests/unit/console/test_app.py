"""The console's pages, over HTTP."""

import asyncio
import re
import shutil
from dataclasses import replace
from pathlib import Path

from guardrail_gw.audit.access import AccessLog
from guardrail_gw.audit.proof import check, decode
from tests.support.audit_world import world
from tests.support.browsing import Browser, browsing, review
from tests.support.review_index import march
from tests.support.reviewed import HOSTILE, KEPT, PLAIN
from tests.unit.console.conftest import March

HREF = re.compile(r'href="/exchanges/(\d+)"')


async def _numbers(browser: Browser, query: str = "") -> list[int]:
    _, text = await browser.get(f"/exchanges{query}")
    return [int(number) for number in dict.fromkeys(HREF.findall(text))]


async def test_the_overview_says_how_the_log_is(browser: Browser) -> None:
    """Verdict, counts and charts, each chart as a table."""
    status, text = await browser.get("/")

    assert status == 200
    assert "This log is intact" in text
    for said in ("Name of a person", "default/residency", ">EU<", "support · writer", "$0.0077"):
        assert said in text
    assert text.count("<caption") + text.count("<thead") >= 5


NARROWED = {
    "": 20,
    "?person=anna.schmidt": 9,
    "?provider=mistral": 2,
    "?jurisdiction=US&team=research": 8,
    "?found=CREDENTIAL&left=no": 2,
    "?since=2026-03-02&until=2026-03-02": 4,
    "?id=prov-3": 1,
    "?person=nobody": 0,
}


async def test_the_list_is_narrowed(browser: Browser) -> None:
    """By each field of the form."""
    found = {query: len(await _numbers(browser, query)) for query in NARROWED}

    assert found == NARROWED


async def test_an_exchange_is_told(browser: Browser) -> None:
    """Who, what was found, what was excluded and why, what was tried and paid, what proves it."""
    (number,) = await _numbers(browser, "?id=0195-0007")

    _, text = await browser.get(f"/exchanges/{number}")

    for said in (
        "anna.schmidt",
        "default/pii.PERSON",
        "residency.inference_outside",
        "default/residency allows EU; it may run in US",
        "azure-frankfurt",
        "http_503",
        "mistral-paris",
        "0.0073",
        "Proved.",
    ):
        assert said in text, said


async def test_a_refusal_says_by_which_rule(browser: Browser) -> None:
    """Nothing was sent, and the rule that decided is named."""
    (number,) = await _numbers(browser, "?id=0195-0006")

    _, text = await browser.get(f"/exchanges/{number}")

    assert "the policy forbids sending what was found" in text
    assert "default/pii.CREDENTIAL" in text
    assert "Nothing was sent." in text


async def test_what_people_wrote_is_inert(browser: Browser) -> None:
    """Markup is text, and what would act or hide is a mark that can be seen."""
    (number,) = await _numbers(browser, "?id=0195-0011")

    _, text = await browser.get(f"/exchanges/{number}")

    assert HOSTILE not in text
    assert "<script>document" not in text
    assert "&lt;script&gt;document" in text
    assert "<img src=x" not in text
    assert not set("\x1b\u202e\u200b") & set(text)
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in text
    assert "{{ 7*7 }}" in text


async def test_redacted_text_shows_no_original(browser: Browser) -> None:
    """A bar where it was, the placeholder where it left."""
    (number,) = await _numbers(browser, "?id=0195-0001")

    _, text = await browser.get(f"/exchanges/{number}")

    assert "Erika" not in text
    assert "PERSON_7K2QX9MD" in text
    assert 'class="withheld"' in text


async def test_an_original_takes_a_reason(browser: Browser) -> None:
    """It is sealed to two; opening it says why, and that goes on record first."""
    (number,) = await _numbers(browser, "?id=0195-0003")

    _, sealed = await browser.get(f"/exchanges/{number}")
    without, _ = await browser.post(f"/exchanges/{number}/original", reason=" ")
    status, opened = await browser.post(f"/exchanges/{number}/original", reason="Complaint 118")

    assert "Erika" not in sealed
    assert (without, status) == (400, 200)
    assert "Erika Mustermann" in opened
    last = (await browser.looks())[-1]
    assert (last.act, last.reason, last.intact) == ("original", "Complaint 118", True)
    assert last.records[0][0] == number


async def test_an_original_takes_two(marched: March) -> None:
    """With one key alone it stays sealed, whatever is asked for."""
    _, made, checked = marched
    alone = replace(made, log=replace(made.log, keys=made.log.keys[:1]), groups=("auditor",))
    async with browsing(alone, checked) as browser:
        (number,) = await _numbers(browser, "?id=0195-0003")

        _, text = await browser.post(f"/exchanges/{number}/original", reason="I want to")

    assert "Erika" not in text
    assert "Sealed to two" in text


async def test_a_persons_question_is_answered(browser: Browser) -> None:
    """Which providers, on what basis, and whether the record holds."""
    _, text = await browser.get("/person?person=anna.schmidt&since=2026-03-01&until=2026-03-31")

    assert "9 requests." in text
    assert "2 providers were asked" in text
    for said in ("azure-openai", "mistral", "default/residency", "This log is intact"):
        assert said in text


async def test_a_person_the_log_does_not_know(browser: Browser) -> None:
    """That nothing was found is an answer, and says what was looked for."""
    _, text = await browser.get("/person?person=nobody")

    assert "no request of this person" in text


async def test_a_proof_can_be_taken_along(browser: Browser, marched: March) -> None:
    """What is downloaded proves the record to somebody with the public keys."""
    (number,) = await _numbers(browser, "?id=0195-0001")

    _, proof = await browser.get(f"/records/{number}/proof")

    assert check(decode(proof.encode()), marched[0].public)["seq"] == number


async def test_every_page_is_written_down(browser: Browser) -> None:
    """What was opened, in order, and the list shows it."""
    await browser.get("/exchanges?person=carla.rossi")
    await browser.get("/exchanges/1")
    _, text = await browser.get("/looks")

    acts = [(a.act, a.intact) for a in await browser.looks()]
    assert acts == [(act, True) for act in ("overview", "search", "exchange", "looks")]
    assert "a request" in text


async def test_nothing_is_shown_that_cannot_be_written_down(marched: March, tmp_path: Path) -> None:
    """Where looks cannot be recorded, pages say so and show no record."""
    keyed, made, checked = marched
    folder = tmp_path / "gone"
    folder.mkdir()
    access = AccessLog(folder / "access", keyed.auditor, made.clock)
    async with browsing(replace(made, access=access), checked) as browser:
        shutil.rmtree(folder)

        status, text = await browser.get("/exchanges")
        proved, proof = await browser.get("/records/1/proof")

    assert status == proved == 500
    assert "no look without a record" in text
    assert "anna" not in text
    assert "no look without a record" in proof
    assert "tlog-proof" not in proof


async def test_the_log_can_be_verified_again(tmp_path: Path) -> None:
    """What was changed since the console was opened is found, and said on every page."""
    keyed = await asyncio.to_thread(lambda: march(world(tmp_path), days=[[KEPT, PLAIN], [KEPT]]))
    made, checked = await asyncio.to_thread(review, keyed, tmp_path)
    async with browsing(made, checked) as browser:
        _flip(min(keyed.log.glob("*.seg")))

        _, before = await browser.get("/log")
        await browser.post("/check")
        while browser.desk.checking is not None:  # noqa: ASYNC110 - another thread ends it
            await asyncio.sleep(0.01)
        _, after = await browser.get("/looks")
        status, broken = await browser.get("/exchanges/3")

    assert "This log is intact" in before
    assert "✕" in after
    assert status == 500
    assert "cannot be shown" in broken


def _flip(segment: Path) -> None:
    """Change the last bytes of a record's sealed part."""
    data = bytearray(segment.read_bytes())
    at = data.rindex(b'"kind":"intent"')
    data[at + 900] ^= 1
    segment.write_bytes(data)


async def test_what_is_not_understood_is_said(browser: Browser) -> None:
    """A page that is not there, and an address that makes no sense."""
    missing, _ = await browser.get("/exchanges/999")
    nonsense, text = await browser.get("/exchanges?since=yesterday")
    nowhere, _ = await browser.get("/static/..%2fapp.py")

    assert (missing, nonsense, nowhere) == (404, 400, 404)
    assert "2026-03-31" in text


async def test_an_answer_that_was_given_again_has_its_source(tmp_path: Path) -> None:
    """Nobody was asked, and the page names the request whose answer it was."""
    days = [[KEPT, replace(KEPT, user="bo", again="0195-0001")]]
    keyed = await asyncio.to_thread(lambda: march(world(tmp_path), days))
    made, checked = await asyncio.to_thread(review, keyed, tmp_path)
    async with browsing(made, checked) as browser:
        (number,) = await _numbers(browser, "?person=bo")
        _, story = await browser.get(f"/exchanges/{number}")
        _, answer = await browser.get("/person?person=bo")

    assert "Nothing was sent. The answer of the request" in story
    assert "0195-0001" in story
    assert "may have gone to any deployment" not in answer


async def test_what_is_not_on_record_is_not_made_up(tmp_path: Path) -> None:
    """Of a request without an outcome nobody says that it was not sent."""
    days = [[KEPT, replace(KEPT, user="bo", answered=False)]]
    keyed = await asyncio.to_thread(lambda: march(world(tmp_path), days))
    made, checked = await asyncio.to_thread(review, keyed, tmp_path)
    async with browsing(made, checked) as browser:
        (number,) = await _numbers(browser, "?person=bo")
        _, story = await browser.get(f"/exchanges/{number}")
        _, answer = await browser.get("/person?person=bo")

    assert "Nothing was sent" not in story
    assert "Whether it was sent is not on record." in story
    assert "no provider was asked" not in answer
    assert "may have gone to any deployment" in answer


async def test_what_an_address_says_comes_back_as_text(browser: Browser) -> None:
    """A link that somebody made for the reviewer puts no markup into a page."""
    evil = "\"><script>alert(1)</script><input value='"
    for path in ("/exchanges", "/person"):
        async with browser.client.get(browser.base + path, params={"person": evil}) as response:
            text = await response.text()

        assert "<script>alert" not in text
        assert "&#34;&gt;&lt;script&gt;alert(1)" in text


async def test_a_log_that_cannot_be_judged_shows_nothing(tmp_path: Path) -> None:
    """Without the gateway's public key no record is entered, and the first page says why."""
    keyed = await asyncio.to_thread(lambda: march(world(tmp_path), days=[[KEPT]]))
    (keyed.public_folder / "origin.vkey").unlink()
    made, checked = await asyncio.to_thread(review, keyed, tmp_path)
    async with browsing(made, checked) as browser:
        status, text = await browser.get("/")
        _, listed = await browser.get("/exchanges")

    assert status == 200
    assert "This log cannot be verified" in text
    assert "origin.vkey" in text
    assert "anna" not in listed


async def test_an_index_that_breaks_is_said(marched: March, tmp_path: Path) -> None:
    """What to do is told; nothing of the fault's own words is."""
    keyed, made, checked = marched
    copied = tmp_path / "index.sqlite"
    shutil.copy(made.index, copied)
    access = AccessLog(tmp_path / "access", keyed.auditor, made.clock)
    async with browsing(replace(made, index=copied, access=access), checked) as browser:
        await browser.desk.ask(lambda shelf: shelf.index.db.execute("DROP TABLE found"))

        status, text = await browser.get("/exchanges")

    assert status == 500
    assert "remove the index and start again" in text
