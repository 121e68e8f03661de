"""The commands ``backup`` and ``restore``: a home copied away while it is in use, and made again."""

from pathlib import Path

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import size
from automl_tl.settings import Settings
from automl_tl.upkeep.backup_record import SETTINGS, BackupRecord
from automl_tl.wiring.backup import back_up_home, restore_home

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("to", type=_FOLDER)
@_JSON
@click.pass_obj
def backup(settings: Settings, to: Path, as_json: bool) -> None:
    """Copy the home into TO, a new or an empty folder; a daemon that runs goes on.

    Store, registry, jobs, manifests, datasets that were uploaded, and the settings that are set here; not
    what can be computed again, and no registry or dataset that lies elsewhere.
    """
    record = back_up_home(settings, to.expanduser().absolute())
    Output(as_json=as_json).result(
        _told(record, to), words=lambda: click.echo(f"{_amount(record)} of {record.home} are in {to}")
    )


@click.command()
@click.argument("from_", metavar="FROM", type=click.Path(path_type=Path, file_okay=False, exists=True))
@_JSON
@click.pass_obj
def restore(settings: Settings, from_: Path, as_json: bool) -> None:
    """Make a home, a new or an empty folder (--home DIR), from the backup FROM.

    Every file is compared with what the backup says of it. The home may lie elsewhere than it did.
    """
    record = restore_home(settings, from_.expanduser().absolute())
    root = settings.folders.root

    def words() -> None:
        click.echo(f"{_amount(record)} of {record.home}, as of {record.made}, are in {root}")
        click.echo(f"what was set when they were copied: {root / SETTINGS}")

    Output(as_json=as_json).result(_told(record, root), words=words)


def _amount(record: BackupRecord) -> str:
    return f"{len(record.files):,} files ({size(record.bytes)})"


def _told(record: BackupRecord, folder: Path) -> dict[str, object]:
    return {
        "folder": str(folder),
        "home": record.home,
        "made": record.made,
        "files": len(record.files),
        "bytes": record.bytes,
    }
