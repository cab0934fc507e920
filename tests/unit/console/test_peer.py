"""Whose program asks."""

import os
import socket
import sys
from pathlib import Path

import pytest

from guardrail_gw.console import peer
from guardrail_gw.console.peer import is_stranger, owner_of, table_rows
from tests.support.browsing import Browser

ROW = "  0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000  {uid}        0 1 1 0"
HERE, THERE = ("127.0.0.1", 8080), ("127.0.0.1", 50000)
LOOPBACK = f"{int.from_bytes(bytes((127, 0, 0, 1)), sys.byteorder):08X}"
MAPPED = "0000000000000000FFFF0000"


def _row(uid: int, *, state: str = "01", before: str = "") -> str:
    local, remote = f"{before}{LOOPBACK}:C350", f"{before}{LOOPBACK}:1F90"
    return ROW.format(local=local, remote=remote, state=state, uid=uid)


def test_the_owner_is_that_of_the_other_end() -> None:
    """Our own end of the connection is another row, and other connections are others' business."""
    ours = ROW.format(local=f"{LOOPBACK}:1F90", remote=f"{LOOPBACK}:C350", state="01", uid=7)

    assert owner_of(THERE, HERE, [ours, _row(1001)]) == 1001
    assert owner_of(THERE, HERE, [ours]) is None


def test_an_address_of_ipv6_hides_nobody() -> None:
    """Who connects with ::ffff:127.0.0.1 is in the other table."""
    assert owner_of(THERE, HERE, [_row(1001, before=MAPPED)]) == 1001


def test_who_let_go_is_nobody() -> None:
    """A closed end is listed as root's; it is not believed."""
    assert owner_of(THERE, HERE, [_row(0, state="06")]) == -1


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="this system has no such table")
def test_a_real_connection_is_ours() -> None:
    """The system's own table names this user."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()),
    ):
        there, address = server.accept()
        with there:
            found = owner_of(address, there.getsockname(), table_rows())
            stranger = is_stranger(address, there.getsockname())

    assert (found, stranger) == (os.getuid(), False)


async def test_another_user_gets_nothing(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stolen cookie no page, and with a link that was read over a shoulder no session."""
    monkeypatch.setattr(peer, "owner_of", lambda *_: os.getuid() + 4242)

    pages = [await browser.get(path) for path in ("/", "/exchanges", "/enter/x")]

    assert [status for status, _ in pages] == [403, 403, 403]
    assert all("the user who started it" in text for _, text in pages)
    assert (await browser.get("/static/console.css"))[0] == 200
    monkeypatch.undo()
    assert (await browser.get("/"))[0] == 200
