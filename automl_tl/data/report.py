"""The data report, for people (Markdown) and for scripts (JSON)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from automl_tl.data.disk import replaced
from automl_tl.data.family import Pair
from automl_tl.domain.dataset import DataReport, Split, Verdict
from automl_tl.domain.finding import Finding

MOST_CLASSES = 30
"""Classes that the report for people names: the largest, and the five smallest."""

_SMALLEST = 5
MOST_SHOWN = 50
"""Files left out that the report itself names; all of them stand in ``rejected.jsonl`` beside it."""


def write_report(report: DataReport, *, folder: Path, pairs: Sequence[Pair] = ()) -> DataReport:
    """Write ``data_report.json`` and ``data_report.md``, and whole lists where there is anything to list.

    ``rejected.jsonl`` names what was left out, ``near.jsonl`` the pairs of near copies, the likest first.
    Returns the report as it is written: with the first 50 of the files left out. Raises DiskFull.
    """
    shown = report
    for name, rows in (("rejected.jsonl", report.rejected), ("near.jsonl", pairs)):
        (folder / name).unlink(missing_ok=True)  # of an earlier check
        if rows:
            with replaced(folder / name) as file:
                file.writelines(json.dumps(asdict(row)).encode() + b"\n" for row in rows)
    if len(report.rejected) > MOST_SHOWN:
        note = f"{len(report.rejected):,} were left out: all of them are listed in rejected.jsonl"
        shown = replace(report, rejected=report.rejected[:MOST_SHOWN], notes=(*report.notes, note))
    with replaced(folder / "data_report.json") as file:
        file.write(json.dumps(asdict(shown), indent=2, ensure_ascii=False).encode() + b"\n")
    with replaced(folder / "data_report.md") as file:
        file.write(as_markdown(shown).encode())
    return shown


def as_markdown(report: DataReport) -> str:
    """The report as a person reads it: the verdict, what to look at, what was looked for, and figures."""
    lines = ["# Data report", "", f"**{_sentence(report)}**", ""]
    if report.findings:
        lines += ["## Worth a look", "", *(_finding(finding) for finding in report.findings), ""]
    lines += ["## What was looked for", "", *_table(("what", "found", "what was done"), _looked_for(report))]
    if report.changes is not None:
        told = report.changes
        since = f"{told.added:,} samples added, {told.gone:,} gone, {told.relabelled:,} relabelled"
        lines += [f"Since the version before: {since}.", ""]
    if report.notes:
        lines += ["## Notes", "", *(f"- {_inline(note)}" for note in report.notes), ""]
    lines += ["## Samples", ""]
    lines += _table(("split", "samples"), [(s.value, f"{report.splits.get(s.value, 0):,}") for s in Split])
    lines += _classes(report)
    lines += _measures(report)
    if report.rejected:
        left_out = [f"- `{_code(r.path)}` {_inline(r.reason)}" for r in report.rejected]
        lines += ["## Left out", "", *left_out, ""]
    return "\n".join(lines)


def _sentence(report: DataReport) -> str:
    if report.verdict is Verdict.REFUSED:
        return f"Refused: {_inline(report.notes[0])}"
    repaired = ", after some were left out" if report.verdict is Verdict.REPAIRED else ""
    return f"{report.samples:,} samples of {len(report.classes):,} classes can be used{repaired}."


def _finding(finding: Finding) -> str:
    advice = finding.advice[:1].upper() + finding.advice[1:]
    return f"- **{finding.what}**: {_inline(finding.found)}. {_inline(advice)}."


def _looked_for(report: DataReport) -> list[tuple[str, str, str]]:
    repaired = report.verdict is not Verdict.REFUSED
    training = (
        "see the notes"
        if any("as was wished" in note or "anew" in note for note in report.notes)
        else ("the training copies were left out")
    )
    rows = (
        ("unreadable or empty", report.unreadable, "left out"),
        ("test samples with an exact copy in training", report.leaks.exact, training),
        ("test samples with a near copy in training", report.leaks.near, training),
        ("test samples of a group that stands in training", report.leaks.groups, training),
        ("samples under more than one label", report.label_conflicts, "left out: say which label is right"),
    )
    return [(what, f"{count:,}", done if count and repaired else "") for what, count, done in rows]


def _classes(report: DataReport) -> list[str]:
    ordered = sorted(report.classes.items(), key=lambda item: (-item[1], item[0]))
    shown = (
        ordered
        if len(ordered) <= MOST_CLASSES
        else ordered[: MOST_CLASSES - _SMALLEST] + ordered[-_SMALLEST:]
    )
    lines = _table(("class", "samples"), [(_inline(name), f"{count:,}") for name, count in shown])
    if len(shown) < len(ordered):
        lines += [f"{len(ordered) - len(shown):,} classes between them are not shown.", ""]
    return lines


def _measures(report: DataReport) -> list[str]:
    if not report.measures:
        return []
    rows = [
        (name, *(f"{value:,.0f}" for value in (m.least, m.low, m.median, m.high, m.most)))
        for name, m in report.measures.items()
    ]
    return _table(("size", "least", "5 %", "median", "95 %", "most"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        "|"
        + "|".join(
            "---" if title.startswith("what") or not place else "---:" for place, title in enumerate(head)
        )
        + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _inline(text: str) -> str:
    """Text that stays on its line and in its cell, whatever people call their files."""
    for sign in "\\|`*_<>[]":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.splitlines())


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").splitlines())
