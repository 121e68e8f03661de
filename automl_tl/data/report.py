"""The data report, for people (Markdown) and for scripts (JSON)."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from automl_tl.data.disk import replaced
from automl_tl.domain.dataset import DataReport, Split, Verdict

MOST_SHOWN = 50
"""Files left out that the report itself names; all of them stand in ``rejected.jsonl`` beside it."""


def write_report(report: DataReport, *, folder: Path) -> DataReport:
    """Write ``data_report.json``, ``data_report.md`` and, where files were left out, ``rejected.jsonl``.

    Returns the report as it is written: with the first 50 of the files left out. Raises DiskFull.
    """
    shown = report
    if report.rejected:
        with replaced(folder / "rejected.jsonl") as file:
            file.writelines(json.dumps(asdict(rejected)).encode() + b"\n" for rejected in report.rejected)
    if len(report.rejected) > MOST_SHOWN:
        note = f"{len(report.rejected):,} files were left out: all of them are listed in rejected.jsonl"
        shown = replace(report, rejected=report.rejected[:MOST_SHOWN], notes=(*report.notes, note))
    with replaced(folder / "data_report.json") as file:
        file.write(json.dumps(asdict(shown), indent=2, ensure_ascii=False).encode() + b"\n")
    with replaced(folder / "data_report.md") as file:
        file.write(as_markdown(shown).encode())
    return shown


def as_markdown(report: DataReport) -> str:
    """The report as a person reads it."""
    lines = [
        "# Data report",
        "",
        f"**{_sentence(report)}**",
        "",
        *_table(("split", "samples"), [(s.value, f"{report.splits.get(s.value, 0):,}") for s in Split]),
        *_table(("class", "samples"), [(_inline(c), f"{n:,}") for c, n in report.classes.items()]),
        *_table(
            ("what was looked for", "found"),
            [
                ("unreadable files", f"{report.unreadable:,}"),
                ("test samples with an exact copy in training", f"{report.leaks.exact:,}"),
                ("test samples with a near copy in training", f"{report.leaks.near:,}"),
                ("test samples of a group that stands in training", f"{report.leaks.groups:,}"),
                ("samples under more than one label", f"{report.label_conflicts:,}"),
            ],
        ),
    ]
    if report.notes:
        lines += ["## Notes", "", *(f"- {_inline(note)}" for note in report.notes), ""]
    if report.rejected:
        lines += [
            "## Left out",
            "",
            *(f"- `{_code(r.path)}` {_inline(r.reason)}" for r in report.rejected),
            "",
        ]
    return "\n".join(lines)


def _sentence(report: DataReport) -> str:
    if report.verdict is Verdict.REFUSED:
        return f"Refused: {_inline(report.notes[0])}"
    repaired = ", after some were left out" if report.verdict is Verdict.REPAIRED else ""
    return f"{report.samples:,} samples of {len(report.classes):,} classes can be used{repaired}."


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    return [
        f"| {head[0]} | {head[1]} |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
    ]


def _inline(text: str) -> str:
    """Text that stays on its line and in its cell, whatever people call their files."""
    for sign in "\\|`*_<>[]":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.splitlines())


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").splitlines())
