"""What a job's events add up to, and how the live view draws it."""

import os
import pty
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import reduce
from io import StringIO

import played_job
import pytest
from rich.console import Console

from automl_tl.cli.board import Board
from automl_tl.cli.live import drawn
from automl_tl.cli.story import Story
from automl_tl.domain.job import JobState
from automl_tl.store.sql import open_store


def told(*, until: str = "") -> list[Mapping[str, object]]:
    """The events of a played job, up to the first of a kind."""
    store = open_store("sqlite://")
    lease = played_job.begin(store)
    played_job.check(store, lease)
    played_job.search(store, lease)
    played_job.propose(store, lease, played_job.PLAYS[0], number=9)
    store.start(lease, number=9, until_epoch=3)
    events = [
        {"id": event.id, "kind": str(event.kind), "time": event.time, "data": event.data}
        for event in store.events(job=lease.job)
    ]
    store.finish(lease, JobState.FAILED, spent_seconds=1.0, failure="enough")
    store.close()
    return events


def heard(events: list[Mapping[str, object]]) -> Board:
    return reduce(Board.after, events, Board())


def shown(board: Board, *, seconds: float, budget: float | None, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width)
    assert board.begun is not None
    console.print(drawn(board, now=board.begun + seconds, budget_seconds=budget))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_board_counts_what_the_job_did() -> None:
    board = heard(told())

    assert (board.name, board.phase, board.failed) == ("digits", "search", 1)
    assert (board.opened, board.left_out, board.tried) == (1, 1, 3)
    assert board.rungs == {1: 5, 3: 3, 9: 1}
    assert [best.value for best in board.bests] == [0.71, 0.86, 0.93, 0.981]
    assert [(number, course.until) for number, course in board.running.items()] == [(9, 3)]


def test_the_view_tells_time_left_funnel_best_and_workers() -> None:
    lines = shown(heard(told()), seconds=75, budget=600).splitlines()

    said = "\n".join(lines)
    assert "search  1 failed" in said
    assert "1m 15s" in said
    assert "8m 45s left" in said
    assert "1 candidate (1 left out) → 3 tried → 5 × 1 epoch → 3 × 3 epochs → 1 × 9 epochs" in said
    assert "0.9810  ▁▅▇█  trial 3  resnet-tiny, depth 0" in said
    assert "trial 9  resnet-tiny, depth 2, to 3 epochs" in said


@pytest.mark.parametrize("width", [32, 40, 60])
def test_a_narrow_terminal_gets_whole_lines(width: int) -> None:
    lines = shown(heard(told()), seconds=700, budget=600, width=width).splitlines()

    assert len(lines) == 6
    assert all(len(line) <= width for line in lines)


def test_a_job_that_was_handed_back_keeps_its_seconds_and_trains_nothing() -> None:
    events = told()
    start = next(float(str(event["time"])) for event in events if event["kind"] == "job started")
    back = {"kind": "job requeued", "time": start + 30, "data": {"state": "queued"}}

    board = heard([*events, back])

    assert (board.running, board.seconds(start + 500)) == ({}, 30)
    again = board.after({"kind": "job started", "time": start + 500, "data": {}})
    assert again.seconds(start + 510) == 40


def test_a_pipe_gets_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Story(to_stderr=False, budget_seconds=60).tell(told())

    said = capsys.readouterr().out
    assert "── search" in said
    assert " ★ trial   0  resnet-tiny              depth 2  lr 1.0e-03  epoch   1  0.7100" in said
    assert "\x1b" not in said


def test_a_terminal_gets_the_lines_and_the_view_below_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    heard_there: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # the other end was closed
            while block := os.read(ours, 4096):
                heard_there.append(block)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", terminal)
        patch.setenv("TERM", "xterm")
        patch.setenv("COLUMNS", "100")
        Story(to_stderr=False, budget_seconds=600).tell(told())
    reader.join()
    os.close(ours)

    said = b"".join(heard_there).decode()
    assert "── search" in said
    assert "1 candidate (1 left out) → 3 tried" in said
    assert "trial 9  resnet-tiny, depth 2, to 3 epochs" in said
