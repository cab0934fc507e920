"""Credentials: secrets are read at start, and never shown."""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from guardrail_gw.catalog.credential import (
    CredentialConfig,
    EntraConfig,
    GoogleConfig,
    SecretConfig,
)
from guardrail_gw.errors import ConfigError, UpstreamFailed
from guardrail_gw.upstreams import places
from guardrail_gw.upstreams.credentials import (
    Aws,
    AwsContainer,
    Credential,
    Credentials,
    Entra,
    Machine,
    Secret,
)
from guardrail_gw.upstreams.google import ServiceAccount
from guardrail_gw.upstreams.sigv4 import Keys
from tests.support import google_key

KEY = "sk-never-show-this"


def load(**configs: CredentialConfig) -> Credentials:
    """Credentials whose paths are absolute."""
    return Credentials.load(configs, Path)


def test_keys_come_from_files_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways give the key, without the line break of its file."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n", encoding="ascii")
    file.chmod(0o600)
    monkeypatch.setenv("PROVIDER_KEY", KEY)

    keys = load(a=CredentialConfig(file=str(file)), b=CredentialConfig(env="PROVIDER_KEY"))

    assert keys.of("a") == keys.of("b") == Secret(KEY)
    assert KEY not in f"{keys!r} {keys} {keys.of('a')!r} {keys.of('a')}"


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"two words", b"a\nInjected: x", b"\xffkey", b"k" * 20000]
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    """An empty, oversized or unprintable key is an error that names the place only."""
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        load(main=CredentialConfig(file=str(file)))

    assert "main" in str(caught.value)
    assert "Injected" not in str(caught.value)


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    """No file, no variable, or a name nobody configured: nothing is sent without its key."""
    nowhere = CredentialConfig(file=str(tmp_path / "none"))
    for config in (nowhere, CredentialConfig(env="GUARDRAIL_NO_SUCH_KEY")):
        with pytest.raises(ConfigError):
            load(main=config)
    with pytest.raises(UpstreamFailed):
        Credentials({}).of("main")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"file": "a", "env": "B"},
        {"env": "B", "entra": {"tenant": "t", "client": "c", "assertion_file": "f"}},
        {"entra": {"tenant": "t", "client": "c"}},
        {"entra": {"tenant": "t", "client": "c", "secret": {"env": "S"}, "assertion_file": "f"}},
        {"entra": {"tenant": "../x", "client": "c", "assertion_file": "f"}},
        {"entra": {"tenant": "t", "client": "c", "assertion_file": "f", "authority": "http://x"}},
        {"google": {}},
        {"aws": {"region": "eu-central-1"}},
        {"aws": {"access_key_id": {"env": "A"}}},
        {"aws": {"access_key_id": {"env": "A"}, "secret_access_key": {"env": "B"}, "region": "EU"}},
        {"aws": {"container": {"endpoint": "http://elsewhere.example/"}}},
        {"aws": {"container": {"endpoint": "https://169.254.170.23/"}}},
        {
            "aws": {
                "container": {"endpoint": "http://169.254.170.23/v1/credentials"},
                "access_key_id": {"env": "A"},
                "secret_access_key": {"env": "B"},
            }
        },
        {
            "aws": {
                "container": {"endpoint": "http://169.254.170.23/v1/credentials"},
                "session_token": {"env": "A"},
            }
        },
        {"google": {"service_account": {"env": "S"}, "metadata_server": "http://127.0.0.1:9"}},
        {"google": {"metadata_server": "http://elsewhere.example"}},
        {"google": {"metadata_server": "http://metadata.google.internal.example"}},
        {
            "entra": {
                "tenant": "t",
                "client": "c",
                "assertion_file": "f",
                "authority": "https://x/../y",
            }
        },
    ],
)
def test_a_credential_is_one_thing(said: object) -> None:
    """None or several, an identity without a proof or with two, an authority without TLS: no."""
    with pytest.raises(ValidationError):
        CredentialConfig.model_validate(said)


def entra(tmp_path: Path, **proof: object) -> CredentialConfig:
    """An identity whose proof is said here."""
    said = {"tenant": "acme", "client": "app", **proof}
    return CredentialConfig(entra=EntraConfig.model_validate(said))


def test_an_application_s_secret_is_read_at_start(tmp_path: Path) -> None:
    """It is held, and shown in no repr."""
    file = tmp_path / "secret"
    file.write_text(KEY, encoding="ascii")

    held: Credential = load(main=entra(tmp_path, secret={"file": str(file)})).of("main")

    assert isinstance(held, Entra)
    assert held.secret == Secret(KEY)
    assert KEY not in repr(held)


def test_a_workload_s_assertion_must_be_there_at_start(tmp_path: Path) -> None:
    """Its file may change later, but one that is not there is an error before the first request."""
    file = tmp_path / "assertion"
    config = entra(tmp_path, assertion_file=str(file))

    with pytest.raises(ConfigError, match="credential main"):
        load(main=config)
    file.write_text("a.b.c", encoding="ascii")
    held = load(main=config).of("main")

    assert isinstance(held, Entra)
    assert (held.secret, held.assertion) == (None, file)


def test_a_service_account_is_read_at_start(tmp_path: Path) -> None:
    """Its key file is JSON with lines; one that is none is an error before the first request."""
    file = tmp_path / "account.json"
    config = CredentialConfig(google=GoogleConfig(service_account=SecretConfig(file=str(file))))
    file.write_text(google_key.file("https://oauth2.googleapis.com/token"), encoding="ascii")

    held = load(main=config).of("main")
    file.write_text(KEY, encoding="ascii")
    with pytest.raises(ConfigError, match="credential main") as caught:
        load(main=config)

    assert isinstance(held, ServiceAccount)
    assert held.email == google_key.EMAIL
    assert KEY not in str(caught.value)


def test_a_machine_s_server_is_held_by_address() -> None:
    """Nothing is asked before the first request."""
    server = "http://metadata.google.internal"
    config = CredentialConfig(google=GoogleConfig(metadata_server=server))

    assert load(main=config).of("main") == Machine(server=server)
    assert config.kind == "google"


def test_keys_of_aws_are_read_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each from its place, and the secret ones are shown in no repr."""
    monkeypatch.setenv("AWS_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET", KEY)
    said = {"access_key_id": {"env": "AWS_ID"}, "secret_access_key": {"env": "AWS_SECRET"}}
    config = CredentialConfig.model_validate({"aws": {**said, "region": "eu-west-1"}})

    held = load(main=config).of("main")
    monkeypatch.delenv("AWS_SECRET")
    with pytest.raises(ConfigError, match="AWS_SECRET is missing"):
        load(main=config)

    keys = Keys(access_key_id="AKID", secret_access_key=KEY)
    assert held == Aws(keys=keys, region="eu-west-1")
    assert config.kind == "aws"
    assert KEY not in repr(held)


def test_what_a_container_shows_must_be_there_at_start(tmp_path: Path) -> None:
    """Its file may change later, as a workload's may."""
    file = tmp_path / "token"
    endpoint = "http://169.254.170.23/v1/credentials"
    said = {"container": {"endpoint": endpoint, "token_file": str(file)}}
    config = CredentialConfig.model_validate({"aws": said})

    with pytest.raises(ConfigError, match="credential main"):
        load(main=config)
    file.write_text("a.b.c", encoding="ascii")

    assert load(main=config).of("main") == AwsContainer(
        endpoint=endpoint, token_file=file, region=""
    )


def printing(*lines: str) -> CredentialConfig:
    """A credential that a program prints."""
    return CredentialConfig(command=(sys.executable, "-c", "\n".join(lines)))


def test_a_key_is_what_a_program_prints() -> None:
    """Without a shell, with nothing to read; its arguments do not show."""
    says = printing("import sys", f"print({KEY!r} + sys.stdin.read())")

    keys = load(a=says)

    assert keys.of("a") == Secret(KEY)
    assert KEY not in repr(keys)


@pytest.mark.parametrize(
    "line",
    [
        f"print({KEY!r}); raise SystemExit(3)",
        "print()",
        "print('two words')",
        "import os; os.write(1, bytes(20000))",
        "import os; os.write(1, b'k' * 70000)",
    ],
)
def test_a_program_that_prints_no_key_is_refused_by_its_place(line: str) -> None:
    """A failure, nothing, too much or what is no key; nothing of its output or arguments shows."""
    with pytest.raises(ConfigError) as caught:
        load(a=printing(line))

    assert str(caught.value).startswith(f"credential a: command {sys.executable}")
    assert KEY not in str(caught.value)
    assert "print" not in str(caught.value)


def test_a_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it started, and then there is no key."""
    monkeypatch.setattr(places, "COMMAND_S", 0.3)

    with pytest.raises(ConfigError, match="did not end"):
        load(a=printing("import subprocess", "subprocess.run(['sleep', '60'])"))


def test_a_program_that_is_not_there_is_named() -> None:
    """The error says which."""
    with pytest.raises(ConfigError, match="command /nowhere/at/all: No such file"):
        load(a=CredentialConfig(command=("/nowhere/at/all",)))
