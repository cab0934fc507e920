"""Real folders, disks and certificates."""

from pathlib import Path

import pytest
import yaml

from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.doctor.look.files import certificates, looked_at, modes, times
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings
from tests.support.audit_world import START_US, world as audit_world, written
from tests.support.certificates import Authority


def changed(folder: Path, **more: object) -> Settings:
    """The demo's configuration with other lines."""
    path = prepare(folder, us="http://127.0.0.1:9", eu="http://127.0.0.1:9", port=0)
    config = yaml.safe_load(path.read_text()) | more
    path.write_text(yaml.safe_dump(config))
    return Settings.load(path)


@pytest.mark.allow_blocking
def test_a_disk_is_written_to_and_left_as_it_was(tmp_path: Path) -> None:
    """Before the log's folder is there, and with it."""
    for folder in (tmp_path / "logs" / "audit", tmp_path):
        found = looked_at(folder, "audit")

        assert found.problem == ""
        assert found.free > 0
        assert len(found.syncs_ms) == 40
        assert min(found.syncs_ms) > 0
    assert list(tmp_path.rglob("*")) == []


def test_a_disk_that_cannot_be_written_says_why() -> None:
    """The kernel's own words, not a traceback."""
    found = looked_at(Path("/proc/self"), "audit")

    assert found.problem
    assert found.syncs_ms == ()


@pytest.mark.allow_blocking
def test_the_newest_record_tells_its_time(tmp_path: Path) -> None:
    """As it is in the leaf, and not as the file says; a torn end does not hide it."""
    here = audit_world(tmp_path)
    written(here, 3, epoch_records=100)
    segment = here.log / segment_name(segment_firsts(here.log)[-1])
    with segment.open("ab") as file:
        file.write(b"\0\0")

    found = times(here.log, SystemClock())

    assert found.recorded_us == START_US
    assert found.filed_us is not None
    assert abs(found.filed_us - found.now_us) < 2_000_000


def test_an_empty_folder_has_no_record(tmp_path: Path) -> None:
    """There is nothing to hold the clock to."""
    assert times(tmp_path, SystemClock()).recorded_us is None
    assert times(tmp_path / "none", SystemClock()).recorded_us is None


def test_modes_of_credentials_are_read_wherever_they_stand(tmp_path: Path) -> None:
    """Keys, and secrets within the ways of clouds; variables have no mode."""
    for name, mode in (("plain", 0o600), ("cloud", 0o644)):
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(mode)
    credentials = {
        "plain": {"file": "plain"},
        "cloud": {"entra": {"tenant": "t", "client": "c", "secret": {"file": "cloud"}}},
        "variable": {"env": "KEY"},
    }

    found = {each.name: each.mode for each in modes(changed(tmp_path, credentials=credentials))}

    assert found == {"plain": 0o600, "cloud": 0o644}


def test_certificates_tell_when_they_end(tmp_path: Path) -> None:
    """Of the listener, by its file."""
    made = Authority(tmp_path).issue("gateway")
    listen = {
        "host": "127.0.0.1",
        "port": 0,
        "tls": {"certificate": str(made.certificate), "private_key": str(made.private_key)},
    }

    [end] = certificates(changed(tmp_path / "demo", listen=listen))

    assert end.name == "keys.tls"
    assert end.ends_us > SystemClock().now_us()
