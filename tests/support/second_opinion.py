"""What the checker that travels with a log says of the bytes that `verify` judged."""

import contextlib
import io
import tempfile
from pathlib import Path

from guardrail_gw.audit.bundled import verify_log
from guardrail_gw.keys.audit_keys import PublicMaterial


def second_opinion(found: dict[str, bytes], public: PublicMaterial) -> tuple[int, str]:
    """Its exit code, and what it printed."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
        _write(Path(folder), found, public)
        code = verify_log.main(Path(folder))
    return code, printed.getvalue()


def _write(folder: Path, found: dict[str, bytes], public: PublicMaterial) -> None:
    (folder / "log").mkdir()
    (folder / "public").mkdir()
    for name, data in found.items():
        (folder / "log" / name).write_bytes(data)
    (folder / "public" / "origin.vkey").write_text(public.origin.vkey() + "\n")
    for recipient in public.recipients:
        (folder / "public" / f"{recipient.name}.pub").write_bytes(recipient.pem())
