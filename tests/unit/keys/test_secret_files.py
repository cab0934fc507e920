"""Key files are read by their owner, or by whom root lends them to."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import lent, read_secret

OURS, POD = 65532, 65532


def of(mode: int, *, owner: int = 0, group: int = POD) -> os.stat_result:
    """What `stat` says of a regular file."""
    return os.stat_result((0o100000 | mode, 1, 1, 1, owner, group, 32, 0, 0, 0))


@pytest.mark.parametrize(
    ("file", "user", "is_lent"),
    [
        (of(0o440), OURS, True),
        (of(0o640), OURS, True),
        (of(0o460), OURS, False),
        (of(0o450), OURS, False),
        (of(0o444), OURS, False),
        (of(0o441), OURS, False),
        (of(0o440, group=100), OURS, False),
        (of(0o440, owner=OURS), OURS, False),
        (of(0o440, owner=1000), OURS, False),
        (of(0o440), 0, False),
    ],
)
def test_only_root_lends_and_only_to_read(
    file: os.stat_result, user: int, *, is_lent: bool
) -> None:
    """Another owner, another group, a right to write, the world, or being root oneself: no."""
    assert lent(file, user=user, groups={POD, 2000}) is is_lent


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o444])
def test_a_file_of_ours_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The message says the mode and the command that mends it."""
    path = tmp_path / "origin.key"
    path.write_bytes(b"secret")
    path.chmod(mode)

    with pytest.raises(ConfigError, match=rf"mode {mode:04o}.*chmod 600 origin.key"):
        read_secret(path)


@pytest.mark.allow_blocking
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(("group", "mode", "is_read"), [(POD, 0o440, True), (100, 0o444, False)])
def test_a_secret_as_kubernetes_mounts_it_is_read(group: int, mode: int, *, is_read: bool) -> None:
    """Root's file with the pod's group is read by a process that is not root; an open one not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "redaction.key"
        path.write_bytes(bytes(32))
        os.chown(path, 0, group)
        path.chmod(mode)

        assert as_another_user(path) is is_read


def as_another_user(path: Path) -> bool:
    """Whether a process of ours that gave up being root reads the file."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(POD)
        os.setuid(OURS)
        try:
            os._exit(0 if len(read_secret(path)) == 32 else 2)
        except ConfigError:
            os._exit(1)
        finally:
            os._exit(3)
    return {0: True, 1: False}[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]
