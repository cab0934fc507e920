"""A worker's way to the detectors' host."""

import asyncio
import socket

import pytest

from guardrail_gw.supervision.lending import Borrower, lend


async def test_a_socket_is_lent_and_none_while_there_is_none() -> None:
    """What is lent leads to the host; without a host the worker is told at once."""
    asked, asking = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    host: list[socket.socket] = []

    def client() -> socket.socket:
        ours, theirs = socket.socketpair()
        host.append(theirs)
        return ours

    def nobody() -> socket.socket:
        raise ConnectionRefusedError

    with asked, asking:
        asked.settimeout(0)
        asking.settimeout(0)
        borrower, loop = Borrower(asking), asyncio.get_running_loop()
        loop.add_reader(asked, lambda: lend(asked, client))
        lent = await borrower.lend()
        assert lent is not None
        with lent, host[0]:
            lent.send(b"hello")
            told = host[0].recv(9)
        loop.remove_reader(asked)
        loop.add_reader(asked, lambda: lend(asked, nobody))
        with pytest.raises(ConnectionRefusedError):
            await borrower.lend()
        loop.remove_reader(asked)

    assert told == b"hello"


def test_a_worker_that_is_gone_asks_for_nothing() -> None:
    """Its end is closed: nobody is waited for."""
    asked, asking = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with asked:
        asking.close()

        assert not lend(asked, socket.socket)
