"""`guardrail-gw review`: an auditor's log in a browser."""

from functools import partial
from pathlib import Path

import click
import uvloop

from guardrail_gw.audit.index.file import remove_index
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.cli.audit_folder import FILE, FOLDER
from guardrail_gw.cli.audit_kept import ACTS, REGISTER
from guardrail_gw.cli.browser import offered
from guardrail_gw.cli.review_log import FILE_TO_BE, LOG, Reviewed, indexed, reviewed
from guardrail_gw.console.app import application
from guardrail_gw.console.desk import Checked, Desk, Review
from guardrail_gw.console.serving import Serving
from guardrail_gw.console.session import Door
from guardrail_gw.observability.clock import SystemClock


@click.command(name="review")
@click.argument("log", type=LOG)
@click.option(
    "--key",
    "keys",
    type=FILE,
    multiple=True,
    required=True,
    help="A private key file; repeat it for a second recipient, to open originals.",
)
@click.option("--reason", default="", help="Why you look; kept in the access log.")
@click.option("--access", type=FILE_TO_BE, help="Where looks are recorded; default LOG.access.")
@REGISTER
@ACTS
@click.option("--public", type=FOLDER, help="The audit-public folder (found beside LOG).")
@click.option("--port", default=0, help="Where to listen on loopback; any free port if left out.")
@click.option("--index", type=FILE_TO_BE, help="Where the index is kept.")
@click.option("--forget", is_flag=True, help="Remove the index at the end.")
def command(
    log: Path,
    keys: tuple[Path, ...],
    reason: str,
    access: Path | None,
    register: Path | None,
    acts: Path | None,
    public: Path | None,
    port: int,
    index: Path | None,
    forget: bool,
) -> None:
    """Look through a log in your browser. LOG is a folder, or an archive that `audit bundle` wrote.

    Verifies the log, enters what is new into an index that only an auditor's key opens, and serves
    pages to this machine alone. Run it where the private key is, never at the gateway. Every look
    is written down beside the log.
    """
    with reviewed(
        log, keys, public=public, index=index, access=access, register=register, acts=acts
    ) as of:
        file, report = indexed(of)
        file.close()
        clock = SystemClock()
        review = Review(
            log=of.log,
            index=of.index,
            access=of.access,
            law=Catalog.load().jurisdictions.name_of,
            clock=clock,
            reason=reason,
            groups=tuple(key.stem for key in keys),
        )
        desk = Desk(review, Checked(report=report, at_us=clock.now_us()))
        door = Door(clock)
        try:
            uvloop.run(offered(Serving(partial(application, desk, door), door, port=port)))
        finally:
            desk.close()
            _put_away(of, forget=forget)


def _put_away(of: Reviewed, *, forget: bool) -> None:
    if forget:
        remove_index(of.index)
