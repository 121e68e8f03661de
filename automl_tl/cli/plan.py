"""A plan in words: what a job would do, and what it would cost."""

from collections.abc import Mapping
from typing import Any

import click

from automl_tl.cli.table import print_lines, print_prose, print_table

_COLUMNS = ("place", "candidate", "licence", "searched", "probe", "an epoch", "told from", "why")
_MEGA, _GIGA = 1e6, 1e9


def print_plan(plan: Mapping[str, Any]) -> None:
    """The shortlist with reasons, then time, disk and downloads."""
    click.echo(f"PLAN  {plan['name']}  {plan['dataset']}: about {plan['samples']:,} samples\n")
    print_table(_COLUMNS, map(_cells, plan["candidates"]))
    click.echo()
    print_lines(
        {
            "time": _time(plan["seconds"]),
            "trials": None if plan["trials"] is None else f"about {plan['trials']}, {plan['epochs']} epochs",
            "disk": _disk(plan["disk_bytes"]),
            "downloads": _downloads(plan),
        }
    )
    if plan["notes"]:
        click.echo()
        for note in plan["notes"]:
            print_prose(f"* {note}.")
    click.echo("\nNothing was queued, trained, fetched or written.")


def _cells(candidate: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(candidate["place"] or ""),
        candidate["candidate"],
        candidate["licence"] or "?",
        "yes" if candidate["is_searched"] else "no",
        _duration(candidate["probe_seconds"]),
        _duration(candidate["epoch_seconds"]),
        candidate["basis"],
        candidate["why"],
    )


def _time(seconds: Mapping[str, float | None]) -> str:
    if seconds["search"] is None:
        known = seconds["total"]
        budget = "" if known is None else f"; the budget allows {_duration(known)}"
        return f"cannot be told before the candidates are measured{budget}"
    parts = ", ".join(f"{part} {_duration(seconds[part])}" for part in ("begin", "search", "prove"))
    return f"about {_duration(seconds['total'])}: {parts}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _disk(bytes_: Mapping[str, int]) -> str:
    parts = ", ".join(f"{use} {_size(size)}" for use, size in bytes_.items())
    return f"at most {_size(sum(bytes_.values()))}: {parts}"


def _downloads(plan: Mapping[str, Any]) -> str:
    wanted = [candidate["download"] for candidate in plan["candidates"] if candidate["download"]]
    if not wanted:
        return "none"
    size = plan["download_bytes"]
    return f"{'of unknown size' if size is None else _size(size)}: {', '.join(wanted)}"


def _size(size: float) -> str:
    return f"{size / _MEGA:.1f} MB" if size < _GIGA else f"{size / _GIGA:.1f} GB"
