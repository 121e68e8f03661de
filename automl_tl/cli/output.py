"""What the command line says, and where: one JSON object on standard output, or words for people."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import click

from automl_tl.errors import AutomlError, Interrupted, NoDaemon, OperatorError, RequestError


class Exit(IntEnum):
    """What the exit status tells a script."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_PROMOTED = 3
    CANCELLED = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Writes results; with ``as_json`` standard output carries one JSON object and nothing else."""

    as_json: bool

    def say(self, line: str) -> None:
        """A word on the way: standard error under --json, standard output otherwise."""
        click.echo(line, err=self.as_json)

    def result(self, value: Mapping[str, object], *, words: Callable[[], None]) -> None:
        """The result, as JSON or as ``words`` prints it."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False))
        else:
            words()


def fail(error: AutomlError, *, as_json: bool) -> Exit:
    """Say what went wrong; the exit status that goes with it."""
    if as_json:
        click.echo(json.dumps({"error": {"title": error.title, "detail": error.detail}}))
    else:
        # These sentences say already what the title would.
        title = "" if type(error) in (NoDaemon, RequestError) else f"{error.title}: "
        click.echo(f"automl-tl: {title}{error.detail}", err=True)
    if isinstance(error, Interrupted):
        return Exit.INTERRUPTED
    return Exit.USAGE if isinstance(error, RequestError | OperatorError | NoDaemon) else Exit.FAILED


def of_outcome(outcome: Mapping[str, object], *, unless_promoted: bool) -> Exit:
    """The exit status that a job's outcome stands for."""
    state = outcome.get("state")
    if state == "cancelled":
        return Exit.CANCELLED
    if state != "succeeded":
        return Exit.USAGE if outcome.get("fault") in ("request", "operator") else Exit.FAILED
    if unless_promoted and outcome.get("decision") != "promote":
        return Exit.NOT_PROMOTED
    return Exit.DONE


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()
