"""The file of approved definitions, and who writes it."""

import asyncio
import json
from pathlib import Path

import pytest

from guardrail_gw.errors import AuditDown, ConfigError
from guardrail_gw.mcp.control.pins import Pin, tool_set
from guardrail_gw.mcp.pin_file import PinFile
from guardrail_gw.mcp.pinned import FIRST_USE, Pinned
from guardrail_gw.mcp_servers import Pinning
from tests.support.routing_world import OwnClock

NOW = tool_set([{"name": "log", "description": "Shows the log."}], "Be kind.")
OTHER = tool_set([{"name": "log", "description": "Shows everything."}], "Be kind.")


class Acts:
    """What was put on record."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str]] = []

    async def __call__(self, server: str, pin: Pin) -> None:
        self.recorded.append((server, pin.set.digest))


def pinned(path: Path, acts: Acts, when: Pinning = Pinning.FIRST_USE) -> Pinned:
    """As one process has it."""
    return Pinned(PinFile(path), when={"git": when}, clock=OwnClock(), record=acts)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Pins survive the file, with who made them and when."""
    file = PinFile(tmp_path / "state" / "pins.json")
    pin = Pin(set=NOW, by="ops", at_us=7)

    file.change(lambda pins: {**pins, "git": pin})

    assert PinFile(file.path).load() == {"git": pin}
    assert file.path.stat().st_mode & 0o077 == 0


def test_no_file_is_no_pin(tmp_path: Path) -> None:
    """Nothing is approved before anything is."""
    assert PinFile(tmp_path / "pins.json").load() == {}
    assert PinFile(tmp_path / "pins.json").mark() is None


@pytest.mark.parametrize("how", ["cut", "description", "digest", "kind", "more", "list", "empty"])
def test_a_file_that_was_touched_approves_nothing(tmp_path: Path, how: str) -> None:
    """Whatever was changed in it, the file is refused as a whole, and is not written over."""
    file = PinFile(tmp_path / "pins.json")
    file.change(lambda _: {"git": Pin(set=NOW, by="ops", at_us=7)})
    text = file.path.read_text()
    file.path.write_text(
        {
            "cut": text[:-20],
            "description": text.replace("Shows the log.", "Shows everything."),
            "digest": text.replace(NOW.digest, OTHER.digest),
            "kind": text.replace("McpPins", "Pins"),
            "more": json.dumps(json.loads(text) | {"x": 1}),
            "list": "[]",
            "empty": "",
        }[how]
    )
    touched = file.path.read_text()

    with pytest.raises(ConfigError, match=r"pins\.json"):
        file.load()
    with pytest.raises(ConfigError):
        file.change(lambda pins: pins)
    assert file.path.read_text() == touched


async def test_the_first_use_is_pinned_and_recorded_once(tmp_path: Path) -> None:
    """What a server says first is approved; what it says later is not, in any process."""
    acts, path = Acts(), tmp_path / "pins.json"
    one, other = pinned(path, acts), pinned(path, acts)

    await asyncio.gather(one.first("git", NOW), one.first("git", NOW))
    await other.first("git", OTHER)

    for each in (one, other):
        pin = each.pin("git")
        assert pin is not None
        assert (pin.set, pin.by) == (NOW, FIRST_USE)
    assert acts.recorded == [("git", NOW.digest)]


async def test_without_first_use_somebody_has_to_approve(tmp_path: Path) -> None:
    """Nothing is pinned by itself where it has to be approved, or of servers nobody configured."""
    acts = Acts()
    strict = pinned(tmp_path / "pins.json", acts, Pinning.APPROVED_ONLY)

    await strict.first("git", NOW)
    await strict.first("other", NOW)

    assert (strict.pin("git"), acts.recorded) == (None, [])


async def test_an_approval_elsewhere_is_seen(tmp_path: Path) -> None:
    """What another process writes holds as soon as the file is looked at."""
    path = tmp_path / "pins.json"
    here = pinned(path, Acts())
    await here.first("git", NOW)
    unchanged = await here.look()

    other = Pin(set=OTHER, by="ops", at_us=9)
    await asyncio.to_thread(PinFile(path).change, lambda pins: {**pins, "git": other})

    assert (unchanged, await here.look()) == (False, True)
    pin = here.pin("git")
    assert pin is not None
    assert pin.by == "ops"


@pytest.mark.mcp_row(29)
async def test_a_file_that_breaks_takes_approval_away(tmp_path: Path) -> None:
    """While it cannot be read nothing is approved, nothing is pinned anew, and it says why."""
    path, acts = tmp_path / "pins.json", Acts()
    here = pinned(path, acts)
    await here.first("git", NOW)

    path.write_text("{}")
    await here.look()
    await here.first("git", OTHER)
    broken, why = here.pin("git"), here.problem
    path.unlink()
    await here.look()
    await here.first("git", OTHER)

    assert broken is None
    assert "pins.json" in str(why)
    assert (here.pin("git") is not None, here.problem) == (True, None)
    assert len(acts.recorded) == 2


async def test_what_is_not_recorded_is_not_approved(tmp_path: Path) -> None:
    """Where the act cannot be recorded the server stays unapproved, and nothing is written."""

    async def unrecorded(server: str, pin: Pin) -> None:
        raise AuditDown(f"no record of {server} {pin.at_us}")

    path = tmp_path / "pins.json"
    here = Pinned(
        PinFile(path), when={"git": Pinning.FIRST_USE}, clock=OwnClock(), record=unrecorded
    )

    await here.first("git", NOW)

    assert (here.pin("git"), path.exists()) == (None, False)
