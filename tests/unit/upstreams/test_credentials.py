"""Keys come from where the configuration says, or the gateway does not start."""

from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError, UpstreamFailed
from guardrail_gw.upstreams.credentials import Credentials


def test_keys_are_read_and_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File and environment both work, the line's end is cut, and no repr shows a key."""
    (tmp_path / "key").write_text("sk-file\n", encoding="ascii")
    monkeypatch.setenv("A_KEY", "sk-env")

    loaded = Credentials.load({"one": (tmp_path / "key", None), "two": (None, "A_KEY")})

    assert [loaded.secret(n).value for n in ("one", "two")] == ["sk-file", "sk-env"]
    assert "sk-" not in f"{loaded!r}{loaded.secret('one')!r}"
    with pytest.raises(UpstreamFailed):
        loaded.secret("three")


@pytest.mark.parametrize(
    "content", [None, b"", b" \n", b"CANARY\nX-Y: 1", b"CANARY\xff", b"C" * 20_000]
)
def test_bad_keys_stop_the_start(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, huge or unprintable: the error names the credential, never the key."""
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    with pytest.raises(ConfigError, match="credential one") as caught:
        Credentials.load({"one": (tmp_path / "key", None)})

    assert "CANARY" not in str(caught.value)
