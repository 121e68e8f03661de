"""A card as Markdown: what the page tells, with tables in place of plots."""

from collections.abc import Iterable, Sequence

from automl_tl.card import figures, words
from automl_tl.card.values import CandidateLine, Card, Entry
from automl_tl.proof.confusion import ClassJudged, ConfidenceBin, Confusion

_ROWS = 15  # of the leaderboard
_CLASSES = 30  # listed with their counts
_MATRIX = 12  # classes of a confusion matrix that still reads as text
_PAIRS = 15
_BAR = 20  # signs of a full bar


def as_markdown(card: Card) -> str:
    """The whole card; nothing in it is markup of somebody else's."""
    parts = (
        summary(card),
        _limits(card),
        _calibration(card),
        _classes(card.judged),
        _confusion(card.judged),
        _mistakes(card),
        _candidates(card),
        _leaderboard(card),
        _curve(card),
        _data(card),
        _cost(card),
        _loading(card),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(card: Card) -> str:
    """The decision, the test and whether transfer paid: what a registry shows of a version."""
    return "\n\n".join(part for part in (_head(card), _test(card), _transfer(card)) if part)


def _head(card: Card) -> str:
    model = (
        f"{text(card.candidate.id)}, {_frozen(card)} stages frozen; {card.modality} classification by "
        f"{words.metric(card)}; licence of the weights: {text(words.licence(card.candidate))}."
    )
    return f"# {text(words.title(card))}\n\n{text(figures.sentence(card.reason))}\n\n{model}"


def _frozen(card: Card) -> str:
    return words.frozen(card.configuration.freeze_depth, card.candidate.stages)


def _test(card: Card) -> str:
    proof = card.proof
    interval = f"{words.level(proof)} interval"
    header = ("", words.metric(card), interval, "this model's gain", interval)
    rows = [_contender(card, name) for name in words.contenders(proof)]
    return f"## On the sealed test\n\n{_table(header, rows)}\n\n{words.provable(proof)}"


def _contender(card: Card, name: str) -> tuple[str, ...]:
    proof = card.proof
    gain, detail = proof.gain_over(name), card.details.get(name)
    told = text(words.who(name, proof) + (f" ({detail})" if detail else ""))
    return (
        f"**{told}**" if name == "challenger" else told,
        figures.figure(proof.values[name]),
        figures.between(proof.intervals.get(name)),
        "" if gain is None else figures.signed(gain.mean),
        "" if gain is None else figures.between(gain.interval, sign=True),
    )


def _transfer(card: Card) -> str:
    facts = [f"- **{called}**: {said}" for called, said in words.transfer(card.proof)]
    return "## Did transfer pay?\n\n" + "\n".join(facts) if facts else ""


def _limits(card: Card) -> str:
    return "## Use and limits\n\n" + "\n".join(f"- {text(line)}" for line in card.limits)


def _calibration(card: Card) -> str:
    told = words.calibration(card)
    if not told and card.judged is None:
        return ""
    parts = [told] if told else []
    if card.judged is not None:
        header = ("confidence", "samples", "mean", "right", "", "95 % interval")
        parts.append(_table(header, map(_bin, card.judged.calibrated)))
    return "## Calibration\n\n" + "\n\n".join(parts)


def _bin(found: ConfidenceBin) -> tuple[str, ...]:
    return (
        f"{found.low:.2f} to {found.high:.2f}",
        str(found.samples),
        f"{found.confidence:.3f}",
        f"{found.accuracy:.3f}",
        _bar(found.accuracy),
        figures.between(found.interval),
    )


def _classes(judged: Confusion | None) -> str:
    if judged is None:
        return ""
    header = ("class", "sealed samples", "found (recall)", "95 % interval", "right when called (precision)")
    worst = judged.worst(_ROWS)
    rest = len(judged.classes) - len(worst)
    more = f"\n\n{figures.count(rest, 'better class', 'better classes')} in `card.json`." if rest > 0 else ""
    return f"## Worst classes\n\n{_table(header, map(_class, worst))}\n\n{words.SEALED}{more}"


def _class(found: ClassJudged) -> tuple[str, ...]:
    return (
        text(found.label),
        str(found.samples),
        figures.percent(found.recall),
        figures.percents(found.interval),
        figures.percent(found.precision),
    )


def _confusion(judged: Confusion | None) -> str:
    if judged is None or not judged.confused:
        return ""
    if len(judged.classes) <= _MATRIX:
        return (
            f"## Confusion\n\n{_matrix(judged)}\n\nRows are the true classes, columns what they were called."
        )
    rows = [(text(p.true), text(p.called), str(p.samples)) for p in judged.confused[:_PAIRS]]
    rest = len(judged.confused) - len(rows)
    more = f"\n\n{figures.count(rest, 'rarer pair')} in `card.json`." if rest > 0 else ""
    return f"## Most confused pairs\n\n{_table(('true', 'called', 'samples'), rows)}{more}"


def _matrix(judged: Confusion) -> str:
    labels = [judged_class.label for judged_class in judged.classes]
    counts = {(pair.true, pair.called): pair.samples for pair in judged.confused}
    counts |= {(of.label, of.label): of.hits for of in judged.classes}
    rows = [(f"**{text(t)}**", *(str(counts.get((t, c), "·")) for c in labels)) for t in labels]
    return _table(("", *map(text, labels)), rows)


def _mistakes(card: Card) -> str:
    found = card.mistakes
    if found is None:
        return ""
    rows = [
        (
            text(m.path),
            text(m.true),
            text(m.called),
            figures.percent(m.probability),
            figures.percent(m.of_true),
        )
        for m in found.shown
    ]
    header = ("sample", "true", "called", "with", "the true class got")
    shown = f"\n\n{_table(header, rows)}" if rows else ""
    return f"## Example mistakes\n\n{words.mistakes(found)}{shown}"


def _candidates(card: Card) -> str:
    header = ("candidate", "", "why", "trials", "best on validation", "parameters", "multiply-adds a sample")
    rows = map(_candidate, card.candidates)
    return f"## Candidates\n\n{_table((*header, 'latency', 'licence', 'pretrained on'), rows)}"


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


def _leaderboard(card: Card) -> str:
    header = ("", "trial", "candidate", "frozen", "learning rate", "of the head", "epochs", "train")
    rows = [_entry(place, entry) for place, entry in enumerate(card.leaderboard[:_ROWS], start=1)]
    rest = len(card.leaderboard) - len(rows)
    more = f"\n\n{figures.count(rest, 'more trial')} in `card.json`." if rest > 0 else ""
    failed = "".join(f"\n- failed {times}×: {text(why)}" for why, times in card.failures)
    table = _table((*header, "validation", "retest", "origin"), rows)
    return f"## Leaderboard\n\n{table}\n\n{words.CHOSEN}{more}" + (f"\n{failed}" if failed else "")


def _entry(place: int, entry: Entry) -> tuple[str, ...]:
    return (
        str(place),
        f"**{entry.trial}**" if entry.is_challenger else str(entry.trial),
        text(entry.configuration.candidate),
        *words.tried(entry),
        entry.origin,
    )


def _curve(card: Card) -> str:
    if not card.curve:
        return ""
    rows = [(figures.span(seconds), figures.figure(value)) for seconds, value in card.curve]
    return f"## Best so far\n\n{_table(('after', f'{words.metric(card)} on validation'), rows)}"


def _data(card: Card) -> str:
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
        lines.append(_table(("split", "samples", "for"), splits))
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
    return [_table(("class", *splits), rows), *more]


def _cost(card: Card) -> str:
    rows = [(name, figure) for name, figure in words.costs(card)]
    phases = [(phase, figures.span(seconds)) for phase, seconds in card.cost.phases.items()]
    return f"## Cost\n\n{_table(('what', ''), rows)}" + (
        f"\n\n{_table(('phase', 'wall time'), phases)}" if phases else ""
    )


def _loading(card: Card) -> str:
    ways = words.loading(card)
    parts = [f"{told}\n\n```{language}\n{code.strip()}\n```" for told, language, code in ways]
    return "## Loading it\n\n" + ("\n\n".join(parts) or words.UNREGISTERED)


def text(said: str) -> str:
    """Somebody's words as Markdown that shows them, in a table too: no markup, no line of its own."""
    plain = " ".join(said.split()).replace("\\", "\\\\")
    for sign in "|*[]`":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("<", "&lt;")


def _bar(share: float) -> str:
    return "█" * round(share * _BAR)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
