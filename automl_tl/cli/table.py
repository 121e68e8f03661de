"""Tables and texts for a terminal; a pipe gets them whole."""

import shutil
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import click
from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.table import Table

from automl_tl.cli.output import is_terminal

_PIPE_COLUMNS = 200
_PROSE_COLUMNS = 100
_UNITS = ("B", "kB", "MB", "GB", "TB")
_RIGHT = frozenset(
    (
        *("trial", "freeze depth", "learning rate", "epochs", "validation", "best", "test", "trials", "time"),
        *("stages", "parameters", "multiply-adds"),
    )
)


def _show(renderable: RenderableType, *, most: int = _PIPE_COLUMNS) -> None:
    """As wide as the terminal; what is piped is never cut; no line ends in blanks, no two are empty."""
    console = Console(highlight=False)
    console.width = min(most, console.width if console.is_terminal else _PIPE_COLUMNS)
    with console.capture() as captured:
        console.print(renderable)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    for before, line in pairwise(["", *lines]):
        if line or before:  # a report's parts each bring blank lines of their own
            click.echo(line)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None) -> None:
    """A table without lines; figures stand to the right."""
    table = Table(
        box=None,
        header_style="bold",
        padding=(0, 2, 0, 0),
        pad_edge=False,
        title=title,
        title_justify="left",
        title_style="bold",
    )
    for column in columns:
        table.add_column(column, justify="right" if column in _RIGHT else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    _show(table)


def print_lines(lines: Mapping[str, str | None], *, indent: int = 2) -> None:
    """One line for each thing said, its name in front; what is not known is left out."""
    width = max((len(name) for name, text in lines.items() if text), default=0)
    for name, text in lines.items():
        if text:
            click.echo(f"{' ' * indent}{name:<{width}}  {text}")


def print_prose(text: str, *, indent: int = 2) -> None:
    """A long sentence, wrapped."""
    width = min(_PROSE_COLUMNS, shutil.get_terminal_size().columns if is_terminal() else _PROSE_COLUMNS)
    margin = " " * indent
    click.echo(textwrap.fill(text, width, initial_indent=margin, subsequent_indent=margin))


def print_markdown(text: str) -> None:
    """A report, as a person wants to read it."""
    _show(Markdown(text), most=_PROSE_COLUMNS)


def when(seconds: float | None) -> str | None:
    """A moment in local time, to the minute."""
    return None if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def how_long(seconds: float | None) -> str:
    """A duration as people write it: ``8 s``, ``1m 48s``, ``2h 05m``."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02}m"


def size(count: int) -> str:
    """A number of bytes as people read it, in powers of 1000."""
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or amount >= 99.95 else f"{amount:.1f} {_UNITS[unit]}"


def figure(value: float | None) -> str:
    """A metric's value; empty where there is none."""
    return "" if value is None else f"{value:.4f}"


def between(interval: Sequence[float] | None) -> str:
    """The ends of a 95 % interval; empty where there is none."""
    return "" if interval is None else f"({interval[0]:.4f} to {interval[1]:.4f})"
