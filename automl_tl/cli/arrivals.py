"""Candidates on their way onto this machine, as a person watches them come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from automl_tl.cli.output import Output, is_terminal
from automl_tl.cli.table import size
from automl_tl.domain.prefetch import Arrival, Prefetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """``told`` hears a candidate's id, its weights' bytes so far, and in all; ``say`` writes a line."""

    told: Callable[[str, int, int | None], None]
    say: Callable[[str], None]


@contextmanager
def watching(output: Output) -> Iterator[Watch]:
    """Lines with bars below them on a terminal, lines alone into a pipe."""
    if not is_terminal() or output.as_json:
        yield Watch(told=lambda candidate, so_far, total: None, say=output.say)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def told(candidate: str, so_far: int, total: int | None) -> None:
            if candidate not in tasks:
                tasks[candidate] = progress.add_task(candidate, total=total)
            progress.update(tasks[candidate], completed=so_far, visible=so_far != total)

        def say(line: str) -> None:
            progress.console.print(line, markup=False, highlight=False)

        yield Watch(told=told, say=say)


def line(found: Prefetched) -> str:
    """One arrival in words."""
    known = "" if found.size_bytes is None else f"  {size(found.size_bytes)}"
    licence = f"  {found.licence}" if found.licence else ""
    why = f": {found.why}" if found.why else ""
    return f"{found.arrival:<12}  {found.candidate}{known}{licence}{why}"


def summary(arrivals: list[Prefetched]) -> str:
    """How many came, were here, were refused and failed, with bytes."""
    parts = []
    for arrival in Arrival:
        ours = [found for found in arrivals if found.arrival is arrival]
        bytes_ = sum(found.size_bytes or 0 for found in ours)
        if ours:
            parts.append(f"{len(ours)} {arrival}" + (f" ({size(bytes_)})" if bytes_ else ""))
    return ", ".join(parts)


def tell(arrivals: Iterator[Prefetched], *, say: Callable[[str], None]) -> list[Prefetched]:
    """Say each arrival as it is known; all of them."""
    found = []
    for arrival in arrivals:
        say(line(arrival))
        found.append(arrival)
    say(f"\n{summary(found)}")
    return found
