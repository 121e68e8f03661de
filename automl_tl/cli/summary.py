"""A job's outcome in words."""

from collections.abc import Mapping
from typing import Any

import click


def print_outcome(outcome: Mapping[str, Any]) -> None:
    """The decision, the figures behind it, and where to read more."""
    state = outcome["state"]
    if state == "failed":
        click.echo(f"{outcome['job']} failed: {outcome['error']['title']}: {outcome['error']['detail']}")
        return
    if state == "cancelled":
        best = f"; best so far {outcome['validation']:.4f}" if "validation" in outcome else ""
        click.echo(f"{outcome['job']} was cancelled after {outcome['trials']} trials{best}")
        return
    low, high = outcome["test_interval"]
    click.echo("")
    click.echo(f"{outcome['decision'].upper()}  {outcome['name']}: {outcome['reason']}")
    click.echo(f"  model      {outcome['candidate']}, freeze depth {outcome['freeze_depth']}")
    click.echo(f"  {outcome['metric']:<9}  test {outcome['test']:.4f} ({low:.4f} to {high:.4f}),", nl=False)
    click.echo(f" retest {outcome['retest']:.4f}, validation {outcome['validation']:.4f}")
    for name, value in outcome["baselines"].items():
        click.echo(f"  {name:<9}  {value:.4f}")
    click.echo(f"  version    {outcome['version']}; champion is version {outcome['champion_version']}")
    click.echo(
        f"  cost       {outcome['trials']} trials, {outcome['epochs']} epochs, {outcome['seconds']:.0f} s"
    )
    click.echo(f"  report     {outcome['report']}")
