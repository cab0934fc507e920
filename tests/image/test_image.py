"""The image's steps, followed in a plain folder: it starts there as it would in a pod."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.recipe.image import Image, image
from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import init
from tests.house.sources import ROOT
from tests.support.archives import made_by
from tests.support.plain_root import Mount, build, inside, is_possible

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.allow_blocking,
    pytest.mark.timeout(1500),
    pytest.mark.skipif("IMAGE_CHECK" not in os.environ, reason="`make image-check` takes minutes"),
]

LOCK = ROOT / "deploy" / "image" / "requirements.lock"
WHEELS = ROOT / "build" / "wheels"
TIER = ("--profile", "tier")
SECRET = "Anna Schmidt, anna.schmidt@example.org"
GATEWAY = {
    "apiVersion": "guardrail-gw/v1",
    "kind": "Gateway",
    "listen": {"host": "127.0.0.1", "port": 14080},
    "probe": {"host": "0.0.0.0", "port": 14081},  # noqa: S104 - where kubelet asks
    "workers": 2,
    "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
    "policies": "/etc/guardrail-gw/policies",
    "audit": {
        "directory": "/var/lib/guardrail-gw/audit",
        "keys": "/etc/guardrail-gw/keys",
        "public": "/etc/guardrail-gw/audit-public",
    },
    "state": {"path": "/var/lib/guardrail-gw/state.sqlite3"},
    "models": [{"name": "m", "deployments": ["d"]}],
    "deployments": [
        {"id": "d", "provider": "openai-compatible", "model": "echo", "inference": ["DE"]}
        | {"storage": ["DE"], "base_url": "http://127.0.0.1:9001/v1"}
    ],
}
ASK = """
import json, os, sys, urllib.request, pathlib
body = {"model": "m", "messages": [{"role": "user", "content": sys.argv[1]}]}
asked = urllib.request.Request(
    "http://127.0.0.1:14080/v1/chat/completions",
    json.dumps(body).encode(), {"content-type": "application/json"})
answer = json.load(urllib.request.urlopen(asked, timeout=60))["choices"][0]["message"]["content"]
about = {}
for each in pathlib.Path("/proc").iterdir():
    if each.name.isdecimal() and "serve" in (each / "cmdline").read_text().split(chr(0)):
        lines = (each / "status").read_text().splitlines()
        about = {k: v.strip() for k, _, v in (line.partition(":") for line in lines)}
        break
def refused(path):
    try:
        pathlib.Path(path).write_text("x")
    except OSError as error:
        return error.strerror
    return None
print(json.dumps({"answer": answer, "sent": pathlib.Path("/var/lib/guardrail-gw/sent").read_text(),
    "uids": about["Uid"].split(), "caps": about["CapEff"], "bound": about["CapBnd"],
    "privs": about["NoNewPrivs"],
    "refused": [refused(p) for p in ("/opt/guardrail-gw/x", "/etc/guardrail-gw/config/x", "/x")]}))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The image's root folder, made once by its steps."""
    if not is_possible():
        pytest.skip("only root with namespaces can follow the image's steps")
    folder = tmp_path_factory.mktemp("image")
    distribution = folder / "dist"
    made_by("wheel", ROOT, distribution)
    context = {"deploy/image/requirements.lock": LOCK, "dist/": distribution}
    made = build(image(), folder / "stages", context, _wheels())
    shutil.rmtree(folder / "stages" / "made")
    yield made
    shutil.rmtree(folder)


def _wheels() -> Path:
    """What the lock names, fetched once; where it cannot be had, these tests cannot run."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    kept = WHEELS / digest
    if not (kept / ".whole").exists():
        kept.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"),
                *("--only-binary", ":all:", "-r", str(LOCK), "-d", str(kept)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("what the lock names cannot be fetched here")
        (kept / ".whole").touch()
    return kept


@pytest.fixture
def mounts(root: Path, tmp_path: Path) -> list[Mount]:
    """What a pod would mount: configuration, policies, keys as root lends them, room to write."""
    user, group = map(int, image().user.split(":"))
    init(tmp_path / "made", name="guardrail-gw/pod")
    places = {name: tmp_path / name for name in ("config", "policies", "keys", "audit-public")}
    for name in ("config", "policies"):
        places[name].mkdir()
    (places["config"] / "gateway.yaml").write_text(yaml.safe_dump(GATEWAY))
    shutil.copy(shipped("policies/default") / "policy.yaml", places["policies"])
    shutil.copytree(tmp_path / "made" / "gateway", places["keys"])
    shutil.copytree(tmp_path / "made" / "audit-public", places["audit-public"])
    places["keys"].chmod(0o755)
    for key in places["keys"].iterdir():
        os.chown(key, 0, group)
        key.chmod(0o440)
    spool = tmp_path / "spool"
    spool.mkdir()
    os.chown(spool, user, group)
    for name in places:
        (root / "etc" / "guardrail-gw" / name).mkdir(exist_ok=True)
    return [
        *(Mount(source=at, at=f"etc/guardrail-gw/{name}") for name, at in places.items()),
        Mount(source=spool, at="var/lib/guardrail-gw", writable=True),
    ]


def _environment(made: Image) -> dict[str, str]:
    """The image's own, and what the stand-in for its base needs to find its Python."""
    return made.environment | {"LD_LIBRARY_PATH": "/usr/local/lib"}


def test_it_serves_as_a_pod_would_start_it(root: Path, mounts: list[Mount]) -> None:
    """As a user without rights, on a tree that nobody can write, without any network."""
    made = image()
    ours = list(made.entrypoint)
    before = _digest(root / "opt")

    done = inside(
        root,
        [
            [*ours, "standin", "--record", "/var/lib/guardrail-gw/sent", "&"],
            [*ours, "serve", "--config", "/etc/guardrail-gw/config/gateway.yaml", *TIER, "&"],
            [*ours, "ready", "--url", "http://127.0.0.1:14081", "--within", "120"],
            ["python", "-c", ASK, SECRET],
        ],
        _environment(made),
        mounts,
        as_image=made,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    user = made.user.split(":")[0]
    assert SECRET in told["answer"]
    assert "Anna" not in told["sent"]
    assert "PERSON_" in told["sent"]
    assert set(told["uids"]) == {user}
    assert int(told["caps"], 16) == int(told["bound"], 16) == 0
    assert told["privs"] == "1"
    assert told["refused"] == ["Read-only file system"] * 3
    assert _digest(root / "opt") == before


def test_every_module_is_compiled_and_nothing_installs_more(root: Path) -> None:
    """Bytecode by content for each source of ours, and no installer in the image."""
    site = next((root / "opt" / "guardrail-gw" / "lib").glob("python3.*")) / "site-packages"
    sources = list((site / "guardrail_gw").rglob("*.py"))
    flags = [_flags(each) for each in sources]

    assert len(sources) > 300
    assert set(flags) == {0b01}
    assert not (site / "pip").exists()
    assert not (root / "made").exists()


def _flags(source: Path) -> int:
    """PEP 552: 0b01 says that bytecode goes by content and is not compared with its source."""
    compiled = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
    return int.from_bytes(compiled.read_bytes()[4:8], "little")


def test_nobody_but_root_can_change_it(root: Path) -> None:
    """No file of the image is writable for its user, and each is readable."""
    wrong = [
        str(path)
        for path in (root / "opt").rglob("*")
        if not path.is_symlink()
        and (path.stat().st_uid != 0 or path.stat().st_mode & 0o022 or not path.stat().st_mode & 4)
    ]

    assert wrong == []


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(str(path).encode())
        if path.is_file() and not path.is_symlink():
            found.update(path.read_bytes())
    return found.hexdigest()
