"""collector.yaml: what is wrong with it is said with file, line and field."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.collector.settings import CollectorSettings
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.vkey import COSIGNS, Verifier


def vkey(name: str, kind: bytes | None = None) -> str:
    """The line of an origin key."""
    return Verifier(name=name, public=bytes(32), **({"kind": kind} if kind else {})).vkey()


def config(*gateways: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A collector.yaml."""
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Collector",
        "name": "collector.example",
        "key": "collector.key",
        "database": "collect.dsn",
        "listen": {"tls": {"certificate": "a", "private_key": "b", "clients": "c"}},
        "gateways": list(gateways),
        **more,
    }


def load(folder: Path, written: dict[str, Any]) -> CollectorSettings:
    """Write it and read it."""
    path = folder / "collector.yaml"
    path.write_text(yaml.safe_dump(written), encoding="utf-8")
    return CollectorSettings.load(path)


def test_a_name_has_its_logs(tmp_path: Path) -> None:
    """A certificate's name leads to the keys beside it, those of before included."""
    one = {"certificate": "gw-1.example", "origin": vkey("a/new"), "former": [vkey("a/old")]}
    two = {"certificate": "gw-2.example", "origin": vkey("b")}
    settings = load(tmp_path, config(one, two))

    def known(name: str, origin: str) -> str | None:
        found = settings.key_of(frozenset({name}), origin)
        return None if found is None else found[1].name

    assert known("gw-1.example", "a/new/0011") == "a/new"
    assert known("gw-1.example", "a/old/0011") == "a/old"
    assert known("gw-2.example", "b/0011") == "b"
    assert known("gw-2.example", "a/new/0011") is None
    assert known("gw-1.example", "a/0011") is None
    assert known("gw-1.example", "") is None
    assert settings.key_of(frozenset(), "b/0011") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (config(), "gateways"),
        (config({"certificate": "gw", "origin": "x"}), "verifier key"),
        (config({"certificate": "gw", "origin": vkey("a", COSIGNS)}), "verifier key"),
        (config({"certificate": "*.example", "origin": vkey("a")}), "certificate"),
        (config({"certificate": "gw", "origin": vkey("a")}, name="a b"), "name"),
        (
            config(
                {"certificate": "gw-1", "origin": vkey("a")},
                {"certificate": "gw-2", "origin": vkey("a")},
            ),
            "already",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, written: dict[str, Any], said: str) -> None:
    """No gateway, no key, a cosigner's key, a pattern for a name, one key for two gateways."""
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, written)
