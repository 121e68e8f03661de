"""The noun ``evaluate``: what a served model is worth on labelled files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from automl_tl.cli.output import Output
from automl_tl.cli.table import between, figure, print_prose, print_table
from automl_tl.domain.prediction import CHAMPION, EvaluationTerms, Sealed
from automl_tl.settings import Settings
from automl_tl.wiring.door import models_door

SHARE = click.FloatRange(0.0, 1.0)
_WORST = 5  # confusions that are told
_ROWS = 30  # classes that are told, the worst first


@click.command()
@click.argument("model")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--abstain-below", type=SHARE, default=0.0, help="Also measure what is at least this sure.")
@click.option("--target-accuracy", type=SHARE, help="Find the threshold above which it is this accurate.")
@click.option("--input-column", help="The column of a table that names the files.")
@click.option("--label-column", help="The column of a table that has the labels.")
@click.option(
    "--sealed",
    type=click.Choice([str(choice) for choice in Sealed]),
    default=str(Sealed.COUNT),
    show_default=True,
    help="What is done with samples of the sealed test.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.pass_obj
def evaluate(
    settings: Settings, /, model: str, dataset: Path, sealed: str, as_json: bool, **options: Any
) -> None:
    """Measure NAME[@ALIAS] on a folder of class folders, or on a table with a column of labels.

    Scoring samples of the name's sealed test is one opening of it, which later proofs pay for; with
    --sealed leave-out they are not read.
    """
    name, _, alias = model.partition("@")
    terms = EvaluationTerms(alias=alias or CHAMPION, sealed=Sealed(sealed), **options)
    with models_door(settings) as door:
        found = door.evaluate(name, dataset, terms=terms)
    Output(as_json=as_json).result(found, words=lambda: _print(found))


def _print(found: Mapping[str, Any]) -> None:
    value = f"{found['metric']} {figure(found['value'])} {between(found['interval'])}"
    calibration = f"expected calibration error {found['calibration_error']:.4f}"
    click.echo(f"{value}, {found['samples']} samples, version {found['version']}, {calibration}")
    for sentence in _remarks(found):
        print_prose(sentence)
    classes = sorted(found["classes"].items(), key=lambda item: item[1]["recall"])[:_ROWS]
    rows = [(name, str(c["samples"]), figure(c["recall"]), between(c["interval"])) for name, c in classes]
    print_table(("class", "samples", "recall", "95 % interval"), rows)
    for count, true, called in _confusions(found)[:_WORST]:
        click.echo(f"  {count} of {true} called {called}")


def _remarks(found: Mapping[str, Any]) -> Iterator[str]:
    if "answered" in found:
        part = found["answered"]
        value = f"{figure(part['value'])} {between(part['interval'])}".strip() or "nothing to measure"
        yield (
            f"at least {found['abstain_below']:g} sure of {found['coverage']:.1%}: {found['metric']} {value}"
            f" on those {part['samples']}"
        )
    if found.get("suggested") is not None:
        yield _suggestion(found["suggested"])
    if found["unknown_labels"]:
        counts = ", ".join(f"{label} ({count})" for label, count in found["unknown_labels"].items())
        yield f"left out, for the model does not know these labels: {counts}"
    if found["absent_classes"]:
        yield f"without a sample here: {', '.join(found['absent_classes'])}"
    if found["sealed"] is not None:
        yield _seal(found["sealed"])


def _suggestion(suggested: Mapping[str, Any]) -> str:
    target = f"{suggested['target_accuracy']:g}"
    if suggested["abstain_below"] is None:
        return f"no threshold is proven to reach accuracy {target} on these samples"
    reached = f"{suggested['accuracy']:.4f}, at least {suggested['proven']:.4f}"
    return (
        f"--abstain-below {suggested['abstain_below']:g} is proven to reach accuracy {target}: {reached},"
        f" on the {suggested['coverage']:.1%} that it answers"
    )


def _seal(sealed: Mapping[str, Any]) -> str:
    if sealed["opening"] is None:
        return f"{sealed['samples']} samples of the sealed test were left out"
    return (
        f"{sealed['samples']} samples are of the sealed test: this is opening {sealed['opening']} of it and"
        f" reading {sealed['reading']} of them; a proof on them is now made at {sealed['next_level']:.2g} of"
        " the gate's level"
    )


def _confusions(found: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Counts of true class and wrong call, the commonest first."""
    names, counts = found["confusion"]["classes"], found["confusion"]["counts"]
    wrong = [
        (count, names[true], names[called])
        for true, row in enumerate(counts)
        for called, count in enumerate(row)
        if count and true != called
    ]
    return sorted(wrong, key=lambda found: (-found[0], found[1:]))
