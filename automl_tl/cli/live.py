"""A job while it runs, drawn at the foot of a terminal: time, funnel, best so far, workers."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Column, Table
from rich.text import Text

from automl_tl.cli.board import Board
from automl_tl.cli.table import how_long

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 16
_MOST_WORKERS = 8


def drawn(board: Board, *, now: float, budget_seconds: float | None) -> RenderableType:
    """The board at that time, seconds since the epoch; without a budget no time left is told."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(no_wrap=True, overflow="ellipsis")
    rows.add_row(board.name, _state(board))
    rows.add_row("time", _time(board.seconds(now), budget_seconds))
    for name, text in (("funnel", _funnel(board)), ("best", _best(board))):
        if text:
            rows.add_row(name, text)
    for place, line in enumerate(_workers(board, now=now)):
        rows.add_row("" if place else "workers", line)
    return Group(Text(""), rows)


def _state(board: Board) -> Text:
    text = Text(board.phase, style="bold cyan")
    if board.failed:
        text.append(f"  {board.failed} failed", style="red")
    if board.lost:
        text.append(f"  {board.lost} times a worker was lost", style="yellow")
    return text


def _time(seconds: float, budget: float | None) -> RenderableType:
    if budget is None:
        return Text(how_long(seconds))
    row = Table.grid(*(Column(no_wrap=True) for _ in range(3)), padding=(0, 2))
    left = budget - seconds
    told = f"{how_long(left)} left" if left >= 0 else f"{how_long(-left)} over"
    row.add_row(how_long(seconds), ProgressBar(total=budget, completed=min(seconds, budget), width=24), told)
    return row


def _funnel(board: Board) -> str:
    if not board.opened and not board.left_out:
        return ""
    word = "candidate" if board.opened == 1 else "candidates"
    steps = [f"{board.opened} {word}" + (f" ({board.left_out} left out)" if board.left_out else "")]
    if board.tried:
        steps.append(f"{board.tried} tried")
    steps += [f"{count} × {_epochs(epoch)}" for epoch, count in board.rungs.items()]
    return " → ".join(steps)


def _best(board: Board) -> Text | None:
    if not board.bests:
        return None
    best = board.bests[-1]
    course = board.trials[best.trial]
    text = Text(f"{best.value:.4f}", style="bold green")
    text.append(f"  {_curve([one.value for one in board.bests])}", style="green")
    return text.append(
        f"  trial {best.trial}  {course.candidate}, depth {course.freeze_depth}", style="default"
    )


def _curve(values: list[float]) -> str:
    """How the best rose, each new best a bar; the first of those shown is the lowest."""
    shown = values[-_MOST_BARS:]
    reach = shown[-1] - shown[0]
    places = [round((value - shown[0]) / reach * (len(_BARS) - 1)) if reach else 0 for value in shown]
    return "".join(_BARS[place] for place in places)


def _workers(board: Board, *, now: float) -> Iterator[str]:
    running = sorted(board.running.items())
    for number, course in running[:_MOST_WORKERS]:
        assert course.until is not None
        what = f"trial {number}  {course.candidate}, depth {course.freeze_depth}"
        yield f"{what}, to {_epochs(course.until)}, {how_long(max(0.0, now - course.begun))}"
    if len(running) > _MOST_WORKERS:
        yield f"and {len(running) - _MOST_WORKERS} more"


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"
