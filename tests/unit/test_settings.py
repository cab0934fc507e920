"""Where relative paths of gateway.yaml start from."""

from pathlib import Path

import yaml

from guardrail_gw.settings import Settings
from tests.support.world import configuration


def test_a_folder_that_is_swapped_under_it_is_followed(tmp_path: Path) -> None:
    """As Kubernetes mounts a ConfigMap: what lies beside the file is what lies there now."""
    for name in ("..one", "..two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "policies.txt").write_text(name, encoding="utf-8")
    deployment = {"id": "d", "provider": "ollama", "model": "m", "base_url": "http://127.0.0.1:1"}
    config = configuration({}, policies=tmp_path) | {
        "deployments": [deployment],
        "models": [{"name": "m", "deployments": ["d"]}],
    }
    (tmp_path / "..one" / "gateway.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "..data").symlink_to("..one")
    for name in ("gateway.yaml", "policies.txt"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    settings = Settings.load(tmp_path / "gateway.yaml")

    (tmp_path / "..data_tmp").symlink_to("..two")
    (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    assert settings.resolve("policies.txt").read_text(encoding="utf-8") == "..two"
