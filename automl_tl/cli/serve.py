"""The noun ``serve``: the daemon."""

import click

from automl_tl.cli.output import is_terminal
from automl_tl.client.client import Client
from automl_tl.settings import Settings
from automl_tl.wiring.supervisor import serve as serve_until_stopped


@click.command()
@click.option(
    "--host", help="Where to listen (default: 127.0.0.1; beyond loopback it takes keys: automl-tl keys)."
)
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8787; 0 takes a free one.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Run the daemon until it is told to stop."""
    said = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    chosen = settings.model_copy(update=said)
    serve_until_stopped(chosen, started=lambda: _say_where(chosen))


def _say_where(settings: Settings) -> None:
    """Where it listens; the page's link holds the token, so only a terminal gets it, never a log."""
    root = settings.folders.root
    with Client(home=root) as client:
        click.echo(f"automl-tl listens on {client.url}, its home is {root}")
        if is_terminal():
            click.echo(f"  page  {client.page}")
            click.echo(f"  API   {client.url}/api/docs")
            click.echo("  Ctrl-C stops it; unfinished jobs go on at its next start")
