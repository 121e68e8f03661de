"""The Markdown card's parts on where the model comes from: candidates, trials, data, cost, loading."""

from automl_tl.card import figures, words
from automl_tl.card.markdown_text import table, text
from automl_tl.card.values import CandidateLine, Card, Entry

_ROWS = 15  # of the leaderboard
_CLASSES = 30  # listed with their counts


def candidates(card: Card) -> str:
    """Every candidate of the space, and why it was searched or left out."""
    header = ("candidate", "", "why", "trials", "best on validation", "parameters", "multiply-adds a sample")
    rows = map(_candidate, card.candidates)
    return f"## Candidates\n\n{table((*header, 'latency', 'licence', 'pretrained on'), rows)}"


def _candidate(line: CandidateLine) -> tuple[str, ...]:
    return (
        text(line.id),
        "in" if line.is_in else "left out",
        text(line.why),
        str(line.trials),
        figures.figure(line.best),
        figures.amount(line.parameters),
        figures.amount(line.multiply_adds),
        figures.span(line.latency_seconds),
        text(words.licence(line) + (f", revision {line.revision}" if line.revision else "")),
        text(line.pretraining_data or "not known"),
    )


def leaderboard(card: Card) -> str:
    """The trials, best on validation first."""
    header = ("", "trial", "candidate", "frozen", "learning rate", "of the head", "epochs", "train")
    rows = [_entry(place, entry) for place, entry in enumerate(card.leaderboard[:_ROWS], start=1)]
    rest = len(card.leaderboard) - len(rows)
    more = f"\n\n{figures.count(rest, 'more trial')} in `card.json`." if rest > 0 else ""
    failed = "".join(f"\n- failed {times}×: {text(why)}" for why, times in card.failures)
    told = table((*header, "validation", "retest", "origin"), rows)
    return f"## Leaderboard\n\n{told}\n\n{words.CHOSEN}{more}" + (f"\n{failed}" if failed else "")


def _entry(place: int, entry: Entry) -> tuple[str, ...]:
    return (
        str(place),
        f"**{entry.trial}**" if entry.is_challenger else str(entry.trial),
        text(entry.configuration.candidate),
        *words.tried(entry),
        entry.origin,
    )


def curve(card: Card) -> str:
    """The best value on validation over wall time; empty where no trial reported."""
    if not card.curve:
        return ""
    rows = [(figures.span(seconds), figures.figure(value)) for seconds, value in card.curve]
    return f"## Best so far\n\n{table(('after', f'{words.metric(card)} on validation'), rows)}"


def data(card: Card) -> str:
    """What it was taught and judged on."""
    data, report = card.data, card.data.report
    lines = [f"Read from `{data.source.replace('`', '')}`, remembered as {text(data.dataset_name)}."]
    if data.fingerprint is not None:
        lines.append(f"Fingerprint of the frozen manifest: `{data.fingerprint}`.")
    if report is not None:
        samples, unreadable = (
            figures.count(report.samples, "sample"),
            figures.count(report.unreadable, "file"),
        )
        lines.append(f"Verdict **{report.verdict}**: {samples}, {unreadable} unreadable.")
        splits = [(split, str(n), words.SPLITS.get(split, "")) for split, n in report.splits.items()]
        lines.append(table(("split", "samples", "for"), splits))
    lines += _counts(card)
    if report is not None:
        lines += [f"- {text(note)}" for note in report.notes]
        lines += [f"- {text(left.path)}: {text(left.reason)}" for left in report.rejected[:10]]
    return "## Data\n\n" + "\n\n".join(lines)


def _counts(card: Card) -> list[str]:
    classes = card.data.classes
    if not classes:
        return []
    splits = list(classes[0].splits)
    rows = [(text(c.label), *(str(c.splits[split]) for split in splits)) for c in classes[:_CLASSES]]
    rest = len(classes) - len(rows)
    more = [f"{figures.count(rest, 'more class', 'more classes')} in `card.json`."] if rest > 0 else []
    return [table(("class", *splits), rows), *more]


def cost(card: Card) -> str:
    """What it cost to make, and what an answer costs."""
    rows = [(name, figure) for name, figure in words.costs(card)]
    phases = [(phase, figures.span(seconds)) for phase, seconds in card.cost.phases.items()]
    return f"## Cost\n\n{table(('what', ''), rows)}" + (
        f"\n\n{table(('phase', 'wall time'), phases)}" if phases else ""
    )


def loading(card: Card) -> str:
    """Every way to the model."""
    ways = words.loading(card)
    parts = [f"{told}\n\n```{language}\n{code.strip()}\n```" for told, language, code in ways]
    return "## Loading it\n\n" + ("\n\n".join(parts) or words.UNREGISTERED)
