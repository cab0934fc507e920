"""`guardrail-gw audit fetch`: a whole log, from its archive and its folder."""

import shutil
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from guardrail_gw.audit.segments import CHECKPOINTS, SEGMENT
from guardrail_gw.audit.standing import origin_of
from guardrail_gw.audit.store import Store, StoreError
from guardrail_gw.checked import archive_of
from guardrail_gw.cli.audit_folder import FILE
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings

_OF_A_LOG = (SEGMENT, CHECKPOINTS)


@click.command(name="fetch")
@click.option("--config", type=FILE, required=True, help="The gateway's gateway.yaml.")
@click.option("--origin", help="Another log of the archive (`audit origins` lists them).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("audit-log"),
    show_default=True,
    help="A new folder for the log.",
)
def fetch_log(config: Path, origin: str | None, out: Path) -> None:
    """Copy a log out of its archive, and with it what only the gateway's folder has."""
    settings = Settings.load(config)
    directory = settings.log_directory
    wanted = origin or origin_of(directory)
    archiver = archive_of(settings, SystemClock())
    if archiver is None or wanted is None:
        raise ConfigError(f"{config}: there is no audit.archive, or no log yet")
    out.mkdir(mode=0o700, parents=True)
    try:
        count = _fetched(archiver.archive.store, wanted, out)
    except StoreError as error:
        Console(stderr=True).print(f"[bold red]not fetched:[/] {error}", highlight=False)
        sys.exit(1)
    if wanted == origin_of(directory):
        count += _completed(directory, out)
    Console().print(f"{out}: {count} files of {wanted}", highlight=False)


def _fetched(store: Store, origin: str, out: Path) -> int:
    names = [name for name in store.names(f"{origin}/") if name.endswith(_OF_A_LOG)]
    for name in track(names, "from the archive", console=Console(stderr=True), transient=True):
        with (out / Path(name).name).open("xb") as file:
            store.fetch(name, file)
    return len(names)


def _completed(directory: Path, out: Path) -> int:
    """Checkpoints before segments: a log that is being written covers what it shows."""
    mine = sorted(directory.glob(f"*{CHECKPOINTS}")) + sorted(directory.glob(f"*{SEGMENT}"))
    missing = [path for path in mine if not (out / path.name).exists()]
    for path in missing:
        shutil.copyfile(path, out / path.name)
    return len(missing)
