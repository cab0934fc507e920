"""Provider keys: read at start, never shown."""

from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError, UpstreamFailed
from guardrail_gw.upstreams.credentials import Credentials

KEY = "sk-never-show-this"


def test_keys_come_from_files_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways give the key, without the line break of its file."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n", encoding="ascii")
    file.chmod(0o600)
    monkeypatch.setenv("PROVIDER_KEY", KEY)

    keys = Credentials.load({"a": (file, None), "b": (None, "PROVIDER_KEY")})

    assert keys.secret("a").value == keys.secret("b").value == KEY
    assert KEY not in f"{keys!r} {keys} {keys.secret('a')!r} {keys.secret('a')}"


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"two words", b"a\nInjected: x", b"\xffkey", b"k" * 20000]
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    """An empty, oversized or unprintable key is an error that names the place only."""
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        Credentials.load({"main": (file, None)})

    assert "main" in str(caught.value)
    assert "Injected" not in str(caught.value)


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    """No file, no variable, or a name nobody configured: nothing is sent without its key."""
    for place in ((tmp_path / "none", None), (None, "GUARDRAIL_NO_SUCH_KEY"), (None, None)):
        with pytest.raises(ConfigError):
            Credentials.load({"main": place})
    with pytest.raises(UpstreamFailed):
        Credentials({}).secret("main")
