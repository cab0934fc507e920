"""A seeded sample of what `make exhaustive-audit` goes through from end to end."""

from pathlib import Path
from random import Random  # noqa: TID251 - with a seed

import pytest

from guardrail_gw.audit.report import LogFiles
from guardrail_gw.audit.verify import verify
from tests.exhaustive.changes import Change, cuts, flip
from tests.exhaustive.logs import Sample, sample
from tests.exhaustive.proofs import wrong_consistency, wrong_inclusion
from tests.exhaustive.restart import wrong_restart


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A log of two epochs."""
    return sample(tmp_path_factory.mktemp("sample"))


def _flips(made: Sample, chance: Random, count: int) -> list[Change]:
    named = sorted(name for name in made.found if name != "lock")
    chosen = [chance.choice(named) for _ in range(count)]
    return [flip(n, made.found[n], chance.randrange(8 * len(made.found[n]))) for n in chosen]


def test_what_is_changed_is_found(made: Sample) -> None:
    """A cut or a flipped bit anywhere has the verdict that it must have."""
    chance = Random(5)  # noqa: S311 - with a seed
    for change in [*chance.sample([*cuts(made.found)], 150), *_flips(made, chance, 150)]:
        changed = change.applied(made.found)
        log = LogFiles(names=tuple(sorted(changed)), read=changed.__getitem__)

        assert verify(log, made.public).verdict in change.allowed, change.place


def test_nothing_is_mended_that_was_lost(made: Sample, tmp_path: Path) -> None:
    """A gateway that starts on a changed log never makes it look whole."""
    chance = Random(5)  # noqa: S311 - with a seed
    changes = [*chance.sample([*cuts(made.found)], 40), *_flips(made, chance, 40)]
    for number, change in enumerate(changes):
        assert wrong_restart(made, change, tmp_path / str(number)) is None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 64, 69])
def test_wrong_proofs_are_refused(size: int) -> None:
    """Of a tree each leaf and each earlier tree is proved, by its own proof and no other."""
    assert not any(wrong_inclusion(size))
    assert not any(wrong_consistency(size))
