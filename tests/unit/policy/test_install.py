"""A folder is put in place in one step, and whoever reads sees one version."""

from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.install import install
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies


def written(folder: Path, **texts: str) -> Path:
    """A folder of policies."""
    folder.mkdir()
    return write_policies(folder, **texts)


def test_what_is_installed_is_what_is_read(tmp_path: Path) -> None:
    """Digest and names are those of the source, and the former version is kept."""
    target = tmp_path / "policies"
    one = written(tmp_path / "one", base=policy_text(), old=policy_text("old"))
    two = written(tmp_path / "two", base=policy_text() + "# two\n", new=policy_text("new"))

    first = install(one, target, "1")
    read_first = load_set(target, vocabulary()).digest
    second = install(two, target, "2")
    third = install(one, target, "3")

    assert read_first == load_set(one, vocabulary()).digest == load_set(target, vocabulary()).digest
    assert not first.exists()
    assert second.exists()
    assert (target / "..data").resolve() == third
    assert sorted(p.name for p in target.iterdir() if p.name[0] != ".") == ["base.yaml", "old.yaml"]
    assert (target / "old.yaml").read_text(encoding="utf-8") == policy_text("old")


def test_a_reader_keeps_the_version_it_began_to_read(tmp_path: Path) -> None:
    """Files behind the link are not touched by the next version."""
    target = tmp_path / "policies"
    one = written(tmp_path / "one", base=policy_text())
    two = written(tmp_path / "two", base=policy_text() + "# two\n")
    first = install(one, target, "1")

    install(two, target, "2")

    assert load_set(first, vocabulary()).digest == load_set(one, vocabulary()).digest


def test_files_of_its_own_are_not_lost(tmp_path: Path) -> None:
    """A folder in which somebody edits policies is not taken over."""
    target = written(tmp_path / "policies", base=policy_text())
    one = written(tmp_path / "one", base=policy_text("one"))

    with pytest.raises(ConfigError, match=r"holds base\.yaml"):
        install(one, target, "1")

    assert load_set(target, vocabulary()).documents[0].id == "base"


def test_a_folder_is_not_installed_into_itself(tmp_path: Path) -> None:
    """The gateway's own folder is no place to sign in."""
    one = written(tmp_path / "one", base=policy_text())

    with pytest.raises(ConfigError, match="sign a copy"):
        install(one, one, "1")
