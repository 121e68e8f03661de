"""A card as Markdown: what the page tells, with tables in place of plots."""

from automl_tl.card import figures, proof_words, words
from automl_tl.card.markdown_search import candidates, cost, curve, data, leaderboard, loading
from automl_tl.card.markdown_text import table, text
from automl_tl.card.values import Card
from automl_tl.proof.confusion import ClassJudged, ConfidenceBin, Confusion

_WORST = 15
_MATRIX = 12  # classes of a confusion matrix that still reads as text
_PAIRS = 15
_BAR = 20  # signs of a full bar


def as_markdown(card: Card) -> str:
    """The whole card; nothing in it is markup of somebody else's."""
    parts = (
        summary(card),
        _limits(card),
        _calibration(card),
        _classes(card),
        _slices(card),
        _confusion(card.judged),
        _mistakes(card),
        candidates(card),
        leaderboard(card),
        curve(card),
        data(card),
        cost(card),
        loading(card),
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
    interval = f"{proof_words.level(proof)} interval"
    header = ("", words.metric(card), interval, "this model's gain", interval)
    rows = [_contender(card, name) for name in proof_words.contenders(proof)]
    told = "\n\n".join([proof_words.provable(proof), *map(text, proof_words.asides(card))])
    return f"## On the sealed test\n\n{table(header, rows)}\n\n{told}"


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
    facts = [f"- **{called}**: {said}" for called, said in proof_words.transfer(card.proof)]
    return "## Did transfer pay?\n\n" + "\n".join(facts) if facts else ""


def _limits(card: Card) -> str:
    return "## Use and limits\n\n" + "\n".join(f"- {text(line)}" for line in card.limits)


def _calibration(card: Card) -> str:
    told = proof_words.calibration(card)
    if not told and card.judged is None:
        return ""
    parts = [told] if told else []
    if card.judged is not None:
        header = ("confidence", "samples", "mean", "right", "", "95 % interval")
        parts.append(table(header, map(_bin, card.judged.calibrated)))
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


def _classes(card: Card) -> str:
    judged = card.judged
    if judged is None:
        return ""
    gains = proof_words.lost(card.proof)
    header = ("class", "sealed samples", "found (recall)", "95 % interval", "right when called (precision)")
    worst = [
        (*_class(found), *([gains.get(found.label, "")] if gains else [])) for found in judged.worst(_WORST)
    ]
    rest = len(judged.classes) - len(worst)
    more = f"\n\n{figures.count(rest, 'better class', 'better classes')} in `card.json`." if rest > 0 else ""
    told = table((*header, *(["recall beside the champion's"] if gains else [])), worst)
    return f"## Worst classes\n\n{told}\n\n{words.SEALED}{more}"


def _class(found: ClassJudged) -> tuple[str, ...]:
    return (
        text(found.label),
        str(found.samples),
        figures.percent(found.recall),
        figures.percents(found.interval),
        figures.percent(found.precision),
    )


def _slices(card: Card) -> str:
    rows = [(text(name), *rest) for name, *rest in proof_words.slices(card.proof)]
    header = ("slice", "sealed samples", words.metric(card), "gain there over the champion")
    return f"## Slices\n\n{table(header, rows)}" if rows else ""


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
    return f"## Most confused pairs\n\n{table(('true', 'called', 'samples'), rows)}{more}"


def _matrix(judged: Confusion) -> str:
    labels = [judged_class.label for judged_class in judged.classes]
    counts = {(pair.true, pair.called): pair.samples for pair in judged.confused}
    counts |= {(of.label, of.label): of.hits for of in judged.classes}
    rows = [(f"**{text(t)}**", *(str(counts.get((t, c), "·")) for c in labels)) for t in labels]
    return table(("", *map(text, labels)), rows)


def _mistakes(card: Card) -> str:
    found = card.mistakes
    if found is None:
        return ""
    has_texts = any(m.excerpt is not None for m in found.shown)
    rows = [
        (
            *((text(m.excerpt or ""),) if has_texts else ()),
            text(m.path),
            text(m.true),
            text(m.called),
            figures.percent(m.probability),
            figures.percent(m.of_true),
        )
        for m in found.shown
    ]
    header = (*(("text",) * has_texts), "sample", "true", "called", "with", "the true class got")
    shown = f"\n\n{table(header, rows)}" if rows else ""
    return f"## Example mistakes\n\n{words.mistakes(found)}{shown}"


def _bar(share: float) -> str:
    return "█" * round(share * _BAR)
