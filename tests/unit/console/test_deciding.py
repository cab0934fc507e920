"""Calls that wait, in a browser: who may decide, what is shown, and what is not."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
import pytest

from guardrail_gw.console.deciding import REASON_MOST, Call, Place, application
from guardrail_gw.console.serving import Serving
from guardrail_gw.console.session import Door
from guardrail_gw.errors import AuditDown, GuardrailError, StateDown
from tests.support.audit_world import SteadyClock

ID = "0123456789abcdef" * 2


@dataclass(slots=True)
class Waiting:
    """Calls that wait, in memory."""

    calls: list[Call]
    decided: list[tuple[str, str, bool]] = field(default_factory=list)
    trouble: GuardrailError | None = None

    async def waiting(self) -> Sequence[Call]:
        if self.trouble is not None:
            raise self.trouble
        return self.calls

    async def decide(self, id_: str, reason: str, *, is_allowed: bool) -> bool:
        if self.trouble is not None:
            raise self.trouble
        if id_ not in {call.id for call in self.calls}:
            return False
        self.decided.append((id_, reason, is_allowed))
        self.calls = [call for call in self.calls if call.id != id_]
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """Somebody with the session."""

    client: aiohttp.ClientSession
    base: str
    door: Door
    waits: Waiting

    async def get(self, path: str = "/") -> tuple[int, str]:
        async with self.client.get(self.base + path) as response:
            return response.status, await response.text()

    async def post(self, path: str, *, token: str | None = None, **form: str) -> tuple[int, str]:
        data = {"token": self.door.form_token() if token is None else token, **form}
        async with self.client.post(self.base + path, data=data) as response:
            return response.status, await response.text()


def call(clock: SteadyClock, **more: Any) -> Call:
    """One that waits for two minutes more."""
    told: dict[str, Any] = {
        "id": ID,
        "server": "crm",
        "tool": "delete_customer",
        "who": "acme/care/erika (k1)",
        "since_us": clock.now_us() - 60_000_000,
        "until_us": clock.now_us() + 120_000_000,
        "found": {"PERSON": 2, "IBAN_CODE": 1},
        "arguments": ("customer", "reason"),
    }
    return Call(**{**told, **more})


@asynccontextmanager
async def approving(*calls: Call, clock: SteadyClock | None = None) -> AsyncIterator[Approver]:
    """The pages, with somebody who came in by the link."""
    clock = clock or SteadyClock()
    waits, door = Waiting([*calls] or [call(clock)]), Door(clock)
    place = Place(calls=waits, door=door, by="anna", clock=clock)
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        Serving(partial(application, place), door) as serving,
        aiohttp.ClientSession(cookie_jar=jar) as client,
    ):
        async with client.get(serving.link) as response:
            assert response.status == 200
        base = f"http://127.0.0.1:{serving.port}"
        yield Approver(client=client, base=base, door=door, waits=waits)


async def test_what_an_approver_is_told() -> None:
    """Tool, server, who, until when, what kinds were found, and which arguments there are."""
    async with approving() as at:
        _, page = await at.get()

    for said in ("delete_customer", "crm", "acme/care/erika (k1)", "120 seconds", "anna"):
        assert said in page
    assert "Name of a person</bdi> \N{MULTIPLICATION SIGN}2" in page
    assert "IBAN" in page
    assert "customer" in page
    assert "data-again" not in page, "a reason that is being typed would be lost"


@pytest.mark.parametrize(("choice", "is_allowed"), [("allow", True), ("deny", False)])
async def test_a_decision_is_made_once(choice: str, *, is_allowed: bool) -> None:
    """With its reason; whoever comes later is told that it does not wait any more."""
    async with approving() as at:
        first = await at.post(f"/calls/{ID}", choice=choice, reason=" as agreed ")
        second = await at.post(f"/calls/{ID}", choice="allow")

    assert at.waits.decided == [(ID, "as agreed", is_allowed)]
    assert ("The call is allowed" if is_allowed else "The call is refused") in first[1]
    assert "No call waits" in first[1]
    assert "does not wait any more" in second[1]


async def test_a_form_of_elsewhere_decides_nothing() -> None:
    """Without the session's token, from another site, without a session, or as a link."""
    async with approving() as at:
        right = {"token": at.door.form_token(), "choice": "allow"}
        address = f"{at.base}/calls/{ID}"
        cross = {"Sec-Fetch-Site": "cross-site"}
        async with at.client.post(address, data=right, headers=cross) as response:
            told = [response.status]
        async with aiohttp.ClientSession() as stranger:
            async with stranger.post(address, data=right) as response:
                told.append(response.status)
            async with stranger.get(at.base) as response:
                told.append(response.status)
        told += [(await at.post(f"/calls/{ID}", token="x", choice="allow"))[0]]
        told += [(await at.get(f"/calls/{ID}?choice=allow"))[0]]

    assert told == [403, 403, 403, 403, 405]
    assert at.waits.decided == []


@pytest.mark.parametrize(
    ("id_", "form", "status"),
    [
        (ID, {}, 400),
        (ID, {"choice": "perhaps"}, 400),
        (ID, {"choice": "allow", "reason": "x" * (REASON_MOST + 1)}, 400),
        ("../" + ID, {"choice": "allow"}, 404),
        (ID.upper(), {"choice": "allow"}, 404),
        ("f" * 32, {"choice": "allow"}, 200),
    ],
)
async def test_what_is_no_choice_decides_nothing(
    id_: str, form: dict[str, str], status: int
) -> None:
    """Neither yes nor no, a reason without end, a call that nobody knows."""
    async with approving() as at:
        told, _ = await at.post(f"/calls/{id_}", **form)

    assert told == status
    assert at.waits.decided == []


async def test_nobody_decides_as_somebody_else() -> None:
    """Who decides is said when the command is started; a form cannot say otherwise."""
    async with approving() as at:
        await at.post(f"/calls/{ID}", choice="allow", by="bert")
        _, page = await at.get("/?by=bert&said=bert")

    assert len(at.waits.decided) == 1
    assert "bert" not in page


@pytest.mark.parametrize("trouble", [StateDown("the state is down"), AuditDown("no record")])
async def test_what_cannot_be_recorded_is_not_decided(trouble: GuardrailError) -> None:
    """It says so, with the status that says that asking again is safe."""
    async with approving() as at:
        at.waits.trouble = trouble
        listed, decided = await at.get(), await at.post(f"/calls/{ID}", choice="allow")

    assert (listed[0], decided[0]) == (503, 503)
    assert "Nothing was decided" in decided[1]
    assert at.waits.decided == []


async def test_what_a_server_or_a_client_named_is_only_text() -> None:
    """Markup, characters that nothing shows, and those that turn the direction of writing."""
    odd = "<img src=x onerror=alert(1)>\u202e\u200b"
    clock = SteadyClock()
    async with approving(call(clock, tool=odd, arguments=(odd,)), clock=clock) as at:
        _, page = await at.get()

    assert "<img src=x" not in page
    assert "U+202E" in page
    assert "\u202e" not in page


async def test_where_nothing_waits_it_looks_again_by_itself() -> None:
    """For people who wait for somebody to ask."""
    async with approving() as at:
        at.waits.calls.clear()
        _, page = await at.get()

    assert "No call waits" in page
    assert " data-again>" in page


async def test_refusing_is_what_a_key_does_by_mistake() -> None:
    """Enter in the field of the reason presses a form's first button."""
    async with approving() as at:
        _, page = await at.get()

    assert page.index('value="deny"') < page.index('value="allow"')
