"""A card as one page that needs nothing beside itself: no network, no script, dark or light, printable."""

from pathlib import Path

from automl_tl.card import figures, words
from automl_tl.card.html_classes import confusion, mistakes, slices, worst_classes
from automl_tl.card.html_search import candidates, cost, data, leaderboard, loading
from automl_tl.card.html_test import calibration, curve, limits, sealed_test
from automl_tl.card.markup import Html, tag
from automl_tl.card.values import Card
from automl_tl.domain.gate import Interval

STYLE = Path(__file__).with_name("style.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def as_html(card: Card) -> str:
    """The whole page."""
    parts = (
        sealed_test(card),
        limits(card),
        calibration(card),
        curve(card),
        worst_classes(card),
        slices(card),
        confusion(card),
        mistakes(card),
        candidates(card),
        leaderboard(card),
        data(card),
        cost(card),
        loading(card),
    )
    body = tag("main", _head(card), _tiles(card), tag("div", *parts, class_="parts"))
    foot = tag("footer", f"Made by automl-tl from job {card.job}; the same as values: card.json.")
    page = tag("html", _metadata(card), tag("body", body, foot), lang="en")
    return f"<!doctype html>\n{page}\n"


def _metadata(card: Card) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{words.title(card)} · model card"),
        tag("style", Html(STYLE.read_text(encoding="utf-8"))),
    )


def _head(card: Card) -> Html:
    version = None if card.version is None else tag("span", f"version {card.version}", class_="version")
    facts = (
        f"{card.modality} classification · {card.candidate.id}, {_frozen(card)} stages frozen · "
        f"weights under {words.licence(card.candidate)} · decided {figures.moment(card.decided)}"
    )
    return tag(
        "header",
        tag("p", "Model card", class_="crumb"),
        tag("h1", card.name, " ", version),
        tag(
            "p", tag("b", figures.sentence(words.OUTCOMES[card.outcome])), " ", figures.sentence(card.reason)
        ),
        tag("p", facts, class_="facts"),
        class_=f"verdict {card.outcome}",
    )


def _frozen(card: Card) -> str:
    return words.frozen(card.configuration.freeze_depth, card.candidate.stages)


def _tiles(card: Card) -> Html:
    return tag("dl", [_tile(*tile) for tile in _figures(card)], class_="tiles")


def _tile(name: str, figure: str, said: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", figure), tag("dd", said, class_="small"))


def _figures(card: Card) -> list[tuple[str, str, str]]:
    """The four figures that people ask for first."""
    proof, cost = card.proof, card.cost
    test = proof.intervals.get("challenger")
    tiles = [(f"Test {words.metric(card)}", _short(proof.values["challenger"]), _ends(test, sign=False))]
    gain = proof.gain_over("champion") or proof.gain_over("majority")
    if gain is not None:
        over = words.who(gain.over, proof)
        tiles.append((f"Gain over {over}", _short(gain.mean, sign=True), _ends(gain.interval, sign=True)))
    if proof.calibration is not None:
        before = f"{proof.uncalibrated:.3f} without temperature" if proof.uncalibrated is not None else ""
        tiles.append(("Calibration error", f"{proof.calibration:.3f}", before))
    if cost.sample_seconds is not None:
        size = "" if cost.size_bytes is None else f"{cost.size_bytes / 1e6:.1f} MB, "
        cheap = f"{size}{figures.amount(card.candidate.parameters)} parameters"
        tiles.append(("Time an answer", figures.span(cost.sample_seconds), cheap))
    return tiles


def _short(value: float, *, sign: bool = False) -> str:
    return (f"{value:+.3f}" if sign else f"{value:.3f}").replace("-", "−")


def _ends(interval: Interval | None, *, sign: bool) -> str:
    if interval is None:
        return ""
    return f"{_short(interval.low, sign=sign)} to {_short(interval.high, sign=sign)}"
