"""The noun ``serve``: the daemon."""

import click

from automl_tl.settings import Settings
from automl_tl.wiring.supervisor import serve as serve_until_stopped


@click.command()
@click.option("--host", help="Where to listen (default: 127.0.0.1; nothing else without keys).")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: 8787; 0 takes a free one.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Run the daemon until it is told to stop."""
    said = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    serve_until_stopped(settings.model_copy(update=said))
