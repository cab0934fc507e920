"""Sockets of a path and of a shared port."""

import socket
from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.server.sockets import held_port, removed, unix_socket

pytestmark = pytest.mark.allow_blocking


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_a_path_has_exactly_the_mode_it_should(tmp_path: Path, mode: int) -> None:
    """Whatever the umask is."""
    path = tmp_path / "gateway.sock"

    with unix_socket(path, mode) as listening:
        made = path.stat().st_mode & 0o777
        removed(path, listening)

    assert made == mode
    assert not path.exists()


def test_what_a_killed_process_left_is_taken_over(tmp_path: Path) -> None:
    """A socket that nobody listens on is no obstacle; one that is used is."""
    path = tmp_path / "gateway.sock"
    unix_socket(path, 0o660).close()

    with unix_socket(path, 0o660), pytest.raises(ConfigError, match="another process"):
        unix_socket(path, 0o660)


def test_a_file_that_is_no_socket_stays(tmp_path: Path) -> None:
    """It is somebody's, so the gateway does not start."""
    path = tmp_path / "notes"
    path.write_text("mine")

    with pytest.raises(ConfigError, match=r"listen\.unix"):
        unix_socket(path, 0o660)

    assert path.read_text() == "mine"


def test_another_ones_socket_is_not_removed(tmp_path: Path) -> None:
    """Whoever has taken the path over keeps it."""
    ours = unix_socket(tmp_path / "a.sock", 0o660)
    with unix_socket(tmp_path / "b.sock", 0o660), ours:
        removed(tmp_path / "b.sock", ours)

        assert (tmp_path / "b.sock").is_socket()


def test_a_held_port_lets_nobody_in_and_others_listen(tmp_path: Path) -> None:
    """It is ours, and refuses, until somebody who shares it listens."""
    holding, port = held_port("127.0.0.1", 0)
    with holding, socket.socket() as asking:
        with pytest.raises(ConnectionRefusedError):
            asking.connect(("127.0.0.1", port))
        with socket.socket() as sharing:
            sharing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sharing.bind(("127.0.0.1", port))
            sharing.listen()
            with socket.create_connection(("127.0.0.1", port), 1):
                pass


def test_a_port_that_is_taken_is_said_at_once() -> None:
    """Before any process is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(ConfigError, match="in use"):
            held_port("127.0.0.1", taken.getsockname()[1])
