"""What the demo works with: keys, a policy, a git repository, and a gateway.yaml."""

import shutil
import subprocess
from pathlib import Path

from guardrail_gw.core.shipped import shipped
from guardrail_gw.keys.generate import init

AUTHOR = ("Anna Schmidt", "anna.schmidt@example.org")
_GATEWAY = """\
# Written by `make demo-mcp`. docs/mcp.md explains every line.
apiVersion: guardrail-gw/v1
kind: Gateway
listen: {{host: 127.0.0.1, port: 0}}
access:
  single_tenant: {{tenant: demo, team: support, user: you}}
policies: policies
audit: {{directory: audit, keys: keys/gateway, public: keys/audit-public}}
models:
  - name: assistant
    deployments: [nobody]
deployments:
  - id: nobody
    provider: openai-compatible
    model: echo
    base_url: http://127.0.0.1:9
    inference: [DE]
    storage: [DE]
mcp:
  servers:
    - id: time
      process: {{command: [{bin}/mcp-server-time, --local-timezone, UTC]}}
      timeouts: {{connect_s: 30, list_s: 30}}
      inference: [DE]
      storage: [DE]
    - id: git
      process: {{command: [{bin}/mcp-server-git]}}
      timeouts: {{connect_s: 30, list_s: 30}}
      inference: [DE]
      storage: [DE]
      pin: approved_only
"""
_TOOLS = """\
  tools:
    deny: ["git/git_checkout"]
    require_approval: [destructive]
"""
_MADE = ("audit", "audit-acts", "keys", "policies", "repository")


def prepare(folder: Path, programs: Path) -> Path:
    """Make the folder anew; the path of its gateway.yaml.

    Args:
        folder: of the demo.
        programs: where the servers' programs are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in _MADE:
        shutil.rmtree(folder / name, ignore_errors=True)
    for kept in (*folder.glob("mcp-pins.*"), *folder.glob("state.*")):
        kept.unlink()
    init(folder / "keys", name="guardrail-gw/demo-mcp")
    shutil.copytree(shipped("policies/default"), folder / "policies")
    policy = folder / "policies" / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace("  audit:\n", f"{_TOOLS}  audit:\n"), encoding="utf-8")
    _repository(folder / "repository")
    path = folder / "gateway.yaml"
    path.write_text(_GATEWAY.format(bin=programs.resolve()), encoding="utf-8")
    return path


def _repository(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    for name, words in (("letter.txt", "Add the letter"), ("refund.txt", "Add the refund")):
        (folder / name).write_text(f"{words}\n", encoding="utf-8")
        git(folder, "add", name)
        git(folder, "commit", "--quiet", "--message", words)
    (folder / "draft.txt").write_text("A draft\n", encoding="utf-8")
    git(folder, "add", "draft.txt")


def git(folder: Path, *arguments: str) -> str:
    """What git says in a repository of the demo."""
    who = [f"user.name={AUTHOR[0]}", f"user.email={AUTHOR[1]}"]
    command = ["git", *(part for each in who for part in ("-c", each)), *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout
