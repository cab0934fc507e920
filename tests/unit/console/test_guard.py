"""What holds for every request to the console."""

import aiohttp

from tests.support.browsing import Browser

PAGES = ("/", "/exchanges", "/exchanges/1", "/person?person=anna.schmidt", "/log", "/looks")
POSTS = ("/check", "/leave", "/exchanges/1/original")


async def test_without_a_session_nothing_is_shown(browser: Browser) -> None:
    """Neither a page nor a record; and no look is written down."""
    async with aiohttp.ClientSession() as stranger:
        for path in PAGES:
            async with stranger.get(browser.base + path) as response:
                assert response.status == 403
                assert "anna" not in await response.text()

    assert len(await browser.looks()) == 1  # the overview after the link


async def test_a_form_of_another_page_is_refused(browser: Browser) -> None:
    """A page elsewhere that sends a form with the reviewer's cookie lacks the session's token."""
    for path in POSTS:
        async with browser.client.post(browser.base + path, data={"reason": "x"}) as response:
            assert response.status == 403

    assert (await browser.get("/log"))[0] == 200


async def test_a_form_from_another_site_is_refused(browser: Browser) -> None:
    """Also with the right token, where the browser says that another site sent it."""
    form = {"token": browser.door.form_token()}
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with browser.client.post(f"{browser.base}/leave", data=form, headers=headers) as response:
        assert response.status == 403


async def test_a_name_that_is_not_loopback_is_refused(browser: Browser) -> None:
    """A name that somebody else lets point here (DNS rebinding) reaches nothing, session or not."""
    for host in ("evil.example", "127.0.0.1.evil.example", "192.0.2.1"):
        status, _ = await browser.get("/", headers={"Host": host})

        assert status == 421


async def test_every_answer_has_the_headers(browser: Browser) -> None:
    """Nothing of other sites loads or runs, nothing is framed, nothing is kept."""
    for path in (*PAGES, "/static/console.css", "/enter/x", "/nowhere"):
        async with browser.client.get(browser.base + path) as response:
            headers = response.headers

        parts = headers["Content-Security-Policy"].split("; ")
        policy = dict(part.split(" ", 1) for part in parts)
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert {policy["script-src"], policy["style-src"], policy["form-action"]} == {"'self'"}
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"


async def test_a_defect_is_a_page_like_others(browser: Browser) -> None:
    """What nobody foresaw quotes nothing, and comes with the headers, too."""
    await browser.desk.ask(lambda shelf: shelf.templates.filters.pop("moment"))

    async with browser.client.get(f"{browser.base}/looks") as response:
        text, headers = await response.text(), response.headers

    assert response.status == 500
    assert "What was done by then is on record" in text
    assert "moment" not in text
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_the_cookie_stays_with_the_browser(browser: Browser) -> None:
    """No script reads it and no other site makes the browser send it."""
    (cookie,) = browser.client.cookie_jar

    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"


async def test_leaving_ends_the_session(browser: Browser) -> None:
    """What was open is closed."""
    left, _ = await browser.post("/leave")
    after, text = await browser.get("/")

    assert (left, after) == (200, 403)
    assert "start it again" in text
