"""The page's parts on where the model comes from: candidates, trials, data, cost, and how to load it."""

from automl_tl.card import figures, words
from automl_tl.card.blocks import bar, folded, note, pairs, section, table
from automl_tl.card.markup import Child, Html, tag
from automl_tl.card.values import CandidateLine, Card, Entry

_ENTRIES = 15
_CLASSES = 30
_REJECTED = 20


def candidates(card: Card) -> Html:
    """Every candidate of the space, and why it was searched or left out."""
    header = (
        "candidate",
        "best",
        "trials",
        "parameters",
        "multiply-adds",
        "latency",
        "licence",
        "pretrained on",
    )
    rows = [_candidate(line, is_chosen=line.id == card.candidate.id) for line in card.candidates]
    return section("Candidates", table(header, rows, numbers=(1, 2, 3, 4, 5)), id="candidates")


def _candidate(line: CandidateLine, *, is_chosen: bool) -> list[Child]:
    state = tag("span", "in" if line.is_in else "left out", class_="in" if line.is_in else "out")
    revision = tag("small", f"revision {line.revision}") if line.revision else None
    return [
        [tag("b", line.id) if is_chosen else line.id, tag("small", state, f": {line.why}")],
        figures.figure(line.best) or "–",
        str(line.trials),
        figures.amount(line.parameters) or "–",
        figures.amount(line.multiply_adds) or "–",
        figures.span(line.latency_seconds) or "–",
        [words.licence(line), revision],
        tag("small", line.pretraining_data or "not known"),
    ]


def leaderboard(card: Card) -> Html:
    """The trials, best on validation first."""
    header = (
        "trial",
        "candidate",
        "frozen",
        "learning rate",
        "of the head",
        "epochs",
        "train",
        "validation",
        "retest",
    )
    shown = [_entry(entry) for entry in card.leaderboard[:_ENTRIES]]
    rest = len(card.leaderboard) - len(shown)
    more = f" {figures.count(rest, 'more trial')} in card.json." if rest > 0 else ""
    failed = [tag("li", f"{times} failed: {why}") for why, times in card.failures]
    return section(
        "Leaderboard",
        table((*header, "origin"), shown, numbers=(2, 3, 4, 5, 6, 7, 8)),
        note(words.CHOSEN + more),
        tag("ul", failed) if failed else None,
        id="leaderboard",
    )


def _entry(entry: Entry) -> list[Child]:
    return [
        tag("b", str(entry.trial)) if entry.is_challenger else str(entry.trial),
        entry.configuration.candidate,
        *words.tried(entry),
        entry.origin,
    ]


def data(card: Card) -> Html:
    """What it was taught and judged on."""
    told, report = card.data, card.data.report
    facts: list[tuple[str, Child]] = [
        ("read from", tag("span", told.source, class_="path")),
        ("splits remembered under", told.dataset_name),
        ("fingerprint", tag("span", told.fingerprint, class_="path") if told.fingerprint else "–"),
    ]
    parts: list[Child] = []
    if report is not None:
        unreadable, conflicts = report.unreadable, report.label_conflicts
        facts += [
            ("verdict", f"{report.verdict}: {figures.count(report.samples, 'sample')}"),
            (
                "left out",
                f"{figures.count(unreadable, 'unreadable file')}, "
                f"{figures.count(conflicts, 'label conflict')}",
            ),
        ]
        splits = [(split, f"{n:,}", words.SPLITS.get(split, "")) for split, n in report.splits.items()]
        parts.append(table(("split", "samples", "for"), splits, numbers=(1,)))
        parts += [note(said) for said in report.notes]
    parts.append(_counts(card))
    if report is not None and report.rejected:
        left = [tag("li", f"{file.path}: {file.reason}") for file in report.rejected[:_REJECTED]]
        parts.append(folded(figures.count(len(report.rejected), "file") + " left out", tag("ul", left)))
    return section("Data", pairs(facts), parts, id="data")


def _counts(card: Card) -> Child:
    classes = card.data.classes
    if not classes:
        return None
    splits = list(classes[0].splits)
    largest = max(sum(counts.splits.values()) for counts in classes) or 1
    rows = [
        (
            counts.label,
            bar(sum(counts.splits.values()) / largest),
            *(f"{counts.splits[split]:,}" for split in splits),
        )
        for counts in classes[:_CLASSES]
    ]
    rest = len(classes) - len(rows)
    more = note(f"{figures.count(rest, 'more class', 'more classes')} in card.json.") if rest > 0 else None
    return [table(("class", "", *splits), rows, numbers=range(2, 2 + len(splits)), classes="bars"), more]


def cost(card: Card) -> Html:
    """What it cost to make, and what an answer costs."""
    phases = card.cost.phases
    total = sum(phases.values()) or 1.0
    rows = [(phase, bar(seconds / total), figures.span(seconds)) for phase, seconds in phases.items()]
    by_phase = table(("phase", "", "wall time"), rows, numbers=(2,), classes="bars") if rows else None
    facts = pairs((name, figure) for name, figure in words.costs(card))
    return section("Cost", tag("div", facts, tag("div", by_phase), class_="pair"), id="cost")


def loading(card: Card) -> Html:
    """Every way to the model."""
    ways = [
        [tag("h3", told.rstrip(":")), tag("pre", tag("code", code.strip()))]
        for told, _, code in words.loading(card)
    ]
    return section("Loading it", ways or tag("p", words.UNREGISTERED), id="loading")
