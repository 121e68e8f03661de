"""The options by which a command asks a daemon on another machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from automl_tl.errors import OperatorError
from automl_tl.settings import Settings

_ADDRESS = (
    click.option("--url", metavar="URL", help="Ask the daemon there, not this home's (AUTOML_TL_URL)."),
    click.option(
        "--key-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The file with the API key that it is shown (AUTOML_TL_KEY_FILE; or AUTOML_TL_KEY, the key).",
    ),
    click.option(
        "--key",
        metavar="KEY",
        help="The key itself; whoever lists this machine's processes reads it, so rather one of those.",
    ),
)
OWN_OPTIONS = frozenset({"--home", "--url", "--key-file", "--key"})
"""Options of ``automl-tl`` itself that take a word."""

_ASKING = frozenset(
    {
        *("submit", "jobs", "schedule", "models", "predict", "export", "evaluate", "data"),
        *("doctor", "webhooks", "keys", "quota", "du", "gc", "system"),
    }
)


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give ``automl-tl`` the options that say where the daemon is, and what it is shown."""
    for option in reversed(_ADDRESS):
        command = option(command)
    return command


def addressed(settings: Settings, context: click.Context, *, url: str | None, **keys: Any) -> Settings:
    """The settings with what was said of the daemon; what the command line says wins over the environment.

    Raises OperatorError where a home and a URL are said, or a URL to a command that works on this machine.
    """
    is_home_said = context.get_parameter_source("home") is ParameterSource.COMMANDLINE
    if is_home_said and url is not None:
        raise OperatorError("--home and --url were both given: expected the home here, or the daemon there")
    if url is not None and context.invoked_subcommand not in _ASKING:
        raise _works_here(str(context.invoked_subcommand))
    return settings.asking(url=None if is_home_said else url or settings.url, **keys)


def require_here(settings: Settings, command: str) -> None:
    """Raises OperatorError where a daemon elsewhere was named, for a command that reads this home."""
    if settings.url is not None:
        raise _works_here(command)


def require_no_url(context: click.Context, command: str) -> None:
    """Raises OperatorError where the command line names a daemon, for a command that needs none."""
    if context.find_root().params.get("url") is not None:
        raise _works_here(command)


def _works_here(command: str) -> OperatorError:
    return OperatorError(f"{command} works on this machine and asks no daemon elsewhere: leave the URL out")
