"""A job's events told to a person: lines, and on a terminal a live view below them."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.live import Live

from automl_tl.cli.board import Board
from automl_tl.cli.live import drawn
from automl_tl.cli.output import is_terminal

_TELLING = {
    "trial reported",
    "trial ended",
    "phase entered",
    "data checked",
    "candidate left out",
    "decided",
    "promoted",
    "worker lost",
    "test opened",
}


class Story:
    """Tells events as they come; with ``to_stderr`` standard output is kept free for JSON.

    ``budget_seconds``: what the live view counts down from.
    """

    def __init__(self, *, to_stderr: bool, budget_seconds: float | None = None) -> None:
        self._to_stderr = to_stderr
        self._budget_seconds = budget_seconds
        self._board = Board()
        self._trials: dict[int, Mapping[str, Any]] = {}
        self._best: tuple[float, int] | None = None

    def tell(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Follow the events to their end."""
        if not is_terminal() or self._to_stderr:
            for event in events:
                if line := self.line(event):
                    click.echo(line, err=self._to_stderr)
            return
        console = Console()
        with Live(console=console, get_renderable=self._drawn, transient=True, refresh_per_second=4):
            for event in events:
                if line := self.line(event):
                    console.print(line, markup=False, highlight=False)
                self._board = self._board.after(event)

    def _drawn(self) -> RenderableType:
        """Called by the thread that redraws: a board is replaced, never changed."""
        return drawn(self._board, now=time.time(), budget_seconds=self._budget_seconds)

    def line(self, event: Mapping[str, Any]) -> str | None:
        """One event as a line; None for those that a person need not see."""
        kind, data = event["kind"], event["data"]
        if kind == "trial proposed":
            self._trials[data["number"]] = data["configuration"]
        if kind not in _TELLING:
            return None
        if kind == "phase entered":
            return f"── {data['phase']}"
        if kind == "trial reported":
            return self._reported(data)
        if kind == "trial ended":
            return self._ended(data)
        if kind == "decided":
            return f"   decided: {data['outcome']}"
        if kind == "data checked":
            return _checked(data)
        if kind == "candidate left out":
            return f"   {data['candidate']} is left out: {data['reason']}"
        if kind == "promoted":
            return f"   {data['name']} has a new champion"
        return f"   {kind}"

    def _reported(self, data: Mapping[str, Any]) -> str:
        value, number = float(data["value"]), int(data["number"])
        mark = "  "
        if self._best is None or value > self._best[0]:
            self._best, mark = (value, number), "★ "
        chosen = self._trials.get(number, {})
        what = f"{chosen.get('candidate', '?'):<24} depth {chosen.get('freeze_depth', '?')}"
        rate = chosen.get("learning_rate")
        rate_text = "" if rate is None else f"  lr {rate:.1e}"
        return f" {mark}trial {number:>3}  {what}{rate_text}  epoch {data['epoch']:>3}  {value:.4f}"

    def _ended(self, data: Mapping[str, Any]) -> str | None:
        if data["state"] != "failed":
            return None
        numbers = ", ".join(map(str, data["numbers"]))
        return f"   trial {numbers} failed: {data.get('failure')}"


def _checked(data: Mapping[str, Any]) -> str:
    splits = ", ".join(f"{count:,} {split}" for split, count in data["splits"].items())
    metric = str(data["metric"]).replace("_", " ")
    return f"   {data['samples']:,} samples of {data['classes']} classes: {splits}; judged by {metric}"
