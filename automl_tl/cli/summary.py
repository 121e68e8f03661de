"""A job and its outcome in words."""

from collections.abc import Mapping
from typing import Any

import click

from automl_tl.cli.table import between, figure, how_long, print_lines, print_prose, when


def print_outcome(outcome: Mapping[str, Any]) -> None:
    """The decision, the figures behind it, and where to read more."""
    state = outcome["state"]
    if state == "failed":
        click.echo(f"\nFAILED  {outcome['name']}  {outcome['job']}")
        print_prose(_failure(outcome))
    elif state == "cancelled":
        best = outcome.get("validation")
        said = "" if best is None else f"; best so far {best:.4f}"
        click.echo(f"\nCANCELLED  {outcome['name']}  {outcome['job']}")
        print_prose(f"after {outcome.get('trials', 0)} trials{said}")
        if best is not None:
            click.echo(f"\n  automl-tl jobs export {outcome['job']} --to DIR  hands it out, unproven")
    else:
        _print_decision(outcome)


def print_job(job: Mapping[str, Any]) -> None:
    """One job as it stands."""
    is_open = job["started"] is not None and job["outcome"] is None
    click.echo(f"{job['name']}  {job['job']}  {where(job)}")
    print_lines(
        {
            "dataset": job["dataset"],
            "budget": _budget(job["budget"]),
            "submitted": when(job["created"]),
            "waits, for": job.get("waits_for"),
            "finished": when(job["finished"]),
            "time": how_long(job["seconds"]) if job["started"] is not None else None,
            "trials": str(job["trials"]) if is_open else None,
            "best": _best(job) if is_open else None,
        }
    )
    if job["outcome"] is not None:
        print_outcome({**job["outcome"], "state": job["state"]})
    elif job["reason"]:
        print_prose(job["reason"])
    elif job["state"] == "running":
        click.echo(f"\n  automl-tl jobs watch {job['job']} follows it")


def where(job: Mapping[str, Any]) -> str:
    """A job's state, and how far within it: ``running: search``, ``queued: number 2, from about 14:05``."""
    if job["state"] == "running" and job.get("phase"):
        return f"running: {job['phase']}"
    if job["state"] == "queued" and job.get("position"):
        start = when(job.get("expected_start"))
        return f"queued: number {job['position']}" + (f", from about {start}" if start else "")
    return str(job["state"])


def _print_decision(outcome: Mapping[str, Any]) -> None:
    click.echo(f"\n{outcome['decision'].upper()}  {outcome['name']}")
    print_prose(outcome["reason"])
    if outcome["decision"] == "unchanged":
        click.echo("")
        print_lines({"time": how_long(outcome["seconds"])})
        return
    if outcome["decision"] == "pending":
        version = outcome["version"] or "VERSION"
        click.echo(f"\n  automl-tl models promote {outcome['name']} {version} --reason …  makes it champion")
    click.echo("")
    print_lines(
        {
            "model": _model(outcome),
            outcome["metric"]: f"{figure(outcome['test'])} {between(outcome['test_interval'])} on the test",
            **{name: figure(value) for name, value in outcome["baselines"].items()},
            "earlier": f"retest {figure(outcome['retest'])}, validation {figure(outcome['validation'])}",
            "version": None if outcome["decision"] == "refuse" else _versions(outcome),
            "reused": _reused(outcome),
            "cost": _cost(outcome),
            "card": outcome.get("card"),
        }
    )
    if (next_step := _next_step(outcome)) is not None:
        click.echo(f"\n  {next_step}")


def _next_step(outcome: Mapping[str, Any]) -> str | None:
    """What a person may do now; None where that was said before the figures."""
    if outcome["decision"] == "promote":
        return f"automl-tl predict {outcome['name']} FILE …  asks it"
    if outcome["decision"] == "refuse":
        return (
            "more samples, more time or other backbones may help: automl-tl space list shows those there are"
        )
    return None


def _reused(outcome: Mapping[str, Any]) -> str | None:
    earlier = outcome.get("reused")
    return f"the answer of {earlier}: data, space and code are the same" if earlier else None


def _model(found: Mapping[str, Any]) -> str:
    stages = f" of {found['stages']}" if found.get("stages") else ""
    return f"{found['candidate']}, freeze depth {found['freeze_depth']}{stages}"


def _cost(outcome: Mapping[str, Any]) -> str:
    epochs = f", {outcome['epochs']} epochs" if "epochs" in outcome else ""
    times = outcome.get("times_least")
    least = "" if times is None else f", {times:.1f} times the least there could be"
    return f"{outcome['trials']} trials{epochs}, {how_long(outcome['seconds'])}{least}"


def _versions(outcome: Mapping[str, Any]) -> str:
    version, champion = outcome["version"], outcome["champion_version"]
    if version is None:
        waits = outcome.get("waits_for_registry")
        return "being registered" if waits is None else f"waits for the registry: {waits}"
    if version == champion:
        return f"{version}, the champion"
    return f"{version}; " + ("there is no champion" if champion is None else f"the champion is {champion}")


def _failure(outcome: Mapping[str, Any]) -> str:
    error = outcome["error"]
    said = str(error["detail"])
    return said if error["title"] == "the job failed" else f"{error['title']}: {said}"


def _best(job: Mapping[str, Any]) -> str | None:
    if job["best"] is None:
        return None
    return f"{job['metric']} {job['best']:.4f} on validation ({_model(job)})"


def _budget(budget: Mapping[str, Any]) -> str:
    limits = [f"{budget[unit]} {unit}" for unit in ("trials", "epochs") if budget[unit] is not None]
    seconds = [] if budget["seconds"] is None else [how_long(budget["seconds"])]
    return ", ".join((*seconds, *limits)) or "none"
