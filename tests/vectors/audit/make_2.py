"""Write log-2.json, the test vector of version 2 of FORMAT.md: a log of each suite.

    python -m tests.vectors.audit.make_2

Made by the gateway's own code with fresh keys each time, since HPKE draws them; what counts is that
the committed file is read, by a reader of its own (test_vectors_2.py) and by the code.
"""

import base64
import json
import tempfile
from pathlib import Path
from typing import Any

from guardrail_gw.core.ports import RegisterRow
from guardrail_gw.keys.private import HybridKey, RecipientKey, load_recipient
from guardrail_gw.policy.policy import Detail
from tests.support.kept_content import BASIS, SAID, Kept, kept_content, obeyed

FILE = Path(__file__).with_name("log-2.json")
_SAID = (
    ("erika", "erika asks", Detail.FULL, True),
    ("erika", "erika asks again", Detail.FULL, True),
    ("anna", "anna asks, and is erased", Detail.REDACTED, True),
    ("max", "max asks for his tenant", Detail.REDACTED, False),
)


def build(home: Path, suite: int) -> dict[str, Any]:
    """One log with everything that reading it takes, and what is to be read."""
    kept = kept_content(home, suite=suite)
    kept.start()
    for user, text, detail, subject in _SAID:
        kept.say(user, text, obeyed(detail, subject=subject))
    kept.stop()
    sids = [row.sid for row in kept.run(kept.register.of_scope(kept.scope()))]
    kept.run(kept.custody.erase(kept.scope("anna"), BASIS, SAID))
    found = {
        "vkey": (kept.folders.public / "origin.vkey").read_text().strip(),
        "recipients": {p.stem: _secret(load_recipient(p)) for p in kept.folders.auditors.iterdir()},
        "note": (kept.folders.public / "recipients-1.note").read_text(),
        "segment": base64.b64encode(next(kept.log.glob("*.seg")).read_bytes()).decode(),
        "checkpoints": next(kept.log.glob("*.ckpt")).read_text(),
        "rows": _rows(kept, sids),
        "records": [
            {
                "user": (record.meta or {})["user"],
                "content": None if record.content is None else record.content.decode(),
            }
            for record in kept.raw()
        ],
    }
    kept.close()
    return found


def _secret(key: RecipientKey) -> str:
    if isinstance(key, HybridKey):
        return (key.x25519.private_bytes_raw() + key.mlkem.private_bytes_raw()).hex()
    return key.private_bytes_raw().hex()


def _rows(kept: Kept, sids: list[str]) -> dict[str, Any]:
    """What the register holds: of those that are there, the sealed halves."""
    known = kept.run(kept.register.known(sids))
    return {
        sid: json.loads(row.sealed) if isinstance(row, RegisterRow) else row.why
        for sid, row in sorted(known.items())
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = {f"suite {suite}": build(Path(folder) / str(suite), suite) for suite in (1, 2)}
    FILE.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
