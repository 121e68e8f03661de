"""The page's parts on the proof: the sealed test, limits, calibration, and best so far."""

from collections.abc import Callable

from automl_tl.card import figures, proof_words, words
from automl_tl.card.blocks import folded, note, section, table
from automl_tl.card.drawing import mark
from automl_tl.card.markup import Child, Html, tag
from automl_tl.card.plots import best_so_far, reliability
from automl_tl.card.values import Card
from automl_tl.domain.gate import Proof
from automl_tl.proof.confusion import ConfidenceBin


def sealed_test(card: Card) -> Html:
    """Every contender beside this model, and the two facts on transfer."""
    proof = card.proof
    header = ("", words.metric(card), f"{proof_words.level(proof)} interval", "this model's gain over it", "")
    place = _places(proof)
    rows = [_contender(card, name, place) for name in proof_words.contenders(proof)]
    facts = [tag("li", tag("b", f"{called}: "), said) for called, said in proof_words.transfer(proof)]
    return section(
        "On the sealed test",
        table(header, rows, numbers=(1, 3), classes="marks"),
        [note(told) for told in (proof_words.provable(proof), *proof_words.asides(card))],
        tag("h3", "Did transfer pay?") if facts else None,
        tag("ul", facts, class_="facts-list") if facts else None,
        id="test",
    )


def _contender(card: Card, name: str, place: Callable[[float], float]) -> list[Child]:
    proof = card.proof
    value, interval, gain = proof.values[name], proof.intervals.get(name), proof.gain_over(name)
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    detail = card.details.get(name)
    label = f"{figures.figure(value)}, from {figures.between(interval)}"
    called = words.who(name, proof)
    return [
        [
            tag("b", called) if name == "challenger" else called,
            tag("small", detail) if detail else None,
        ],
        figures.figure(value),
        mark(value, low, high, place=place, label=label),
        "" if gain is None else figures.signed(gain.mean),
        "" if gain is None else tag("small", figures.between(gain.interval, sign=True)),
    ]


def _places(proof: Proof) -> Callable[[float], float]:
    """Percent of a cell's width; the majority, which would squeeze the rest, may lie outside."""
    shown = [name for name in proof.values if name != "majority"]
    ends = [proof.values[name] for name in shown]
    ends += [end for name in shown if (i := proof.intervals.get(name)) for end in (i.low, i.high)]
    low, width = min(ends), (max(ends) - min(ends)) or 1.0
    return lambda value: 6 + 88 * (value - low) / width


def limits(card: Card) -> Html:
    """Where to use it, and where not to trust it."""
    return section("Use and limits", tag("ul", [tag("li", line) for line in card.limits]), id="limits")


def calibration(card: Card) -> Html | None:
    """Whether it is as sure as it is right."""
    told = proof_words.calibration(card)
    if card.judged is None or not card.judged.calibrated:
        return section("Calibration", tag("p", told), id="calibration") if told else None
    legend = tag(
        "p",
        tag("span", "with the temperature", class_="key after"),
        tag("span", "without", class_="key before"),
        tag("span", "as right as sure", class_="key ideal"),
        class_="legend",
    )
    header = ("confidence", "samples", "mean", "right", "95 % interval")
    return section(
        "Calibration",
        reliability(card.judged),
        legend,
        note(told or "The expected calibration error was not measured."),
        folded("The figures", table(header, map(_bin, card.judged.calibrated), numbers=(1, 2, 3))),
        id="calibration",
        wide=False,
    )


def _bin(found: ConfidenceBin) -> list[Child]:
    return [
        f"{found.low:.2f} to {found.high:.2f}",
        str(found.samples),
        f"{found.confidence:.3f}",
        f"{found.accuracy:.3f}",
        figures.between(found.interval),
    ]


def curve(card: Card) -> Html | None:
    """The best value so far over the search's time."""
    if not card.curve:
        return None
    header = ("after", f"{words.metric(card)} on validation")
    rows = [(figures.span(seconds), figures.figure(value)) for seconds, value in card.curve]
    seconds, value = card.curve[-1]
    said = f"{figures.figure(value)} on validation after {figures.span(seconds)}; each dot was a new best."
    return section(
        "Best so far",
        best_so_far(card),
        note(said),
        folded("The figures", table(header, rows, numbers=(1,))),
        id="curve",
        wide=False,
    )
