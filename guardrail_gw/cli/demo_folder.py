"""Writes the demo's folder: keys, a copy of the default policy, gateway.yaml."""

import shutil
from pathlib import Path

from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import Ceremony, adopt, init
from guardrail_gw.keys.governance import note_path

_GATEWAY = """\
# Written by `guardrail-gw demo`. docs/configuration.md explains every line.
apiVersion: guardrail-gw/v1
kind: Gateway
listen: {{host: 127.0.0.1, port: {port}}}
access:
  single_tenant: {{tenant: demo, team: support, user: you}}
policies: policies
audit: {{directory: audit, keys: keys/gateway, public: keys/audit-public}}
models:
  - name: assistant
    deployments: [cheap-us, steady-eu]
deployments:
  - id: cheap-us
    provider: openai-compatible
    model: echo
    base_url: {us}
    inference: [US]
    storage: [US]
    price: {{input: "0.10", output: "0.40"}}
  - id: steady-eu
    provider: openai-compatible
    model: echo
    base_url: {eu}
    inference: [DE]
    storage: [DE]
    price: {{input: "0.50", output: "1.50"}}
"""


def prepare(folder: Path, *, us: str, eu: str, port: int) -> Path:
    """Make the folder ready and return the path of its gateway.yaml.

    Keys and the audit log of an earlier run are kept, so that the log goes on; the rest is written
    anew.

    Raises:
        ConfigError: the keys cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "keys").exists():
        init(folder / "keys", name="guardrail-gw/demo")
    elif not note_path(folder / "keys" / "audit-public", 1).exists():  # of an earlier release
        adopt(folder / "keys", Ceremony())
    shutil.copytree(shipped("policies/default"), folder / "policies", dirs_exist_ok=True)
    _keep_texts(folder / "policies")
    path = folder / "gateway.yaml"
    path.write_text(_GATEWAY.format(us=us, eu=eu, port=port), encoding="utf-8")
    return path


def _keep_texts(policies: Path) -> None:
    """Records of the demo hold texts as they leave, so that a review can show them."""
    for name, kept in (("policy.yaml", "detail"), ("cases.yaml", "audit")):
        path = policies / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"{kept}: metadata", f"{kept}: redacted"), encoding="utf-8")
