"""The command ``automl-tl``: its nouns joined, its errors said in one sentence."""

import errno
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from automl_tl.cli.commands import FILES, SECTIONS
from automl_tl.cli.elsewhere import OWN_OPTIONS, address_options, addressed
from automl_tl.cli.ending import ENDED_EARLY, ended_in_order
from automl_tl.cli.output import Exit, fail
from automl_tl.errors import AutomlError, DiskFull, Interrupted, OperatorError
from automl_tl.settings import read_settings


class LazyGroup(click.Group):
    """Imports a command's file only when it is asked for: torch costs seconds, most need none."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Every command, in the order of a newcomer's way."""
        return list(FILES)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so; none is imported for that, as the library would do."""
        found = [CompletionItem(name) for name in FILES if name.startswith(incomplete)]
        return found or click.Command.shell_complete(self, context, incomplete)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command under its heading; none is imported for that either."""
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, sentence) for name, (_, sentence) in commands.items()])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of that name, None when there is none."""
        if name not in FILES:
            return None
        command: click.Command = getattr(import_module(f"automl_tl.cli.{FILES[name]}"), name)
        return command


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="AUTOML_TL_HOME",
    help="Where everything is kept (default: the platform's user data folder).",
)
@address_options
@click.version_option(version("automl-tl"), prog_name="automl-tl")
@click.pass_context
def cli(context: click.Context, /, home: Path | None, **address: Any) -> None:
    """Give it a labelled dataset; by morning the best proven transferred model serves under one alias."""
    context.obj = addressed(read_settings(home=home), context, **address)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with ended_in_order():
        status = _status(words)
    sys.exit(status)


def _status(words: list[str]) -> int:
    as_json = "--json" in words
    try:
        status = cli.main(args=_own_first(words), prog_name="automl-tl", standalone_mode=False)
    except click.ClickException as error:
        if as_json:
            return fail(_Usage(error.format_message()), as_json=True)
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return fail(Interrupted(ENDED_EARLY), as_json=as_json)
    except BrokenPipeError:
        return Exit.DONE
    except AutomlError as error:
        return fail(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001  # whatever it is, a script gets its one object
        return fail(_understood(error), as_json=as_json)
    return status if isinstance(status, int) else Exit.DONE


def _understood(error: Exception) -> AutomlError:
    if isinstance(error, OSError) and error.errno is not None:
        what = "a file" if error.filename is None else str(error.filename)
        kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else OperatorError
        return kind(f"{what} cannot be used: {error.strerror}")
    traceback.print_exception(error)  # a defect of ours: whoever mends it needs to know where
    return AutomlError(f"{type(error).__name__}: {error}")


class _Usage(OperatorError):
    """The command line was not understood."""

    title = "wrong usage"


def _own_first(words: list[str]) -> list[str]:
    """``--home DIR``, ``--url URL`` and their like may stand anywhere; they belong to the command itself."""
    own: list[str] = []
    rest: list[str] = []
    ahead = iter(words)
    for word in ahead:
        if word == "--":
            rest += [word, *ahead]
        elif word in OWN_OPTIONS:
            own += [word, *islice(ahead, 1)]
        elif word.partition("=")[0] in OWN_OPTIONS:
            own.append(word)
        else:
            rest.append(word)
    return [*own, *rest]


if __name__ == "__main__":
    main()
