"""The page's parts on classes: the worst ones, what is taken for what, and mistakes to look at."""

from automl_tl.card import figures, proof_words, words
from automl_tl.card.blocks import bar, note, section, table
from automl_tl.card.confusion import MATRIX, matrix, overview
from automl_tl.card.drawing import Scale, mark
from automl_tl.card.markup import Child, Html, tag
from automl_tl.card.values import Card, Mistake
from automl_tl.proof.confusion import ClassJudged, Confusion

_WORST = 10
_PAIRS = 15


def worst_classes(card: Card) -> Html | None:
    """The classes it finds least often."""
    judged = card.judged
    if judged is None:
        return None
    worst = judged.worst(_WORST)
    lowest = min((found.interval.low for found in worst), default=0.0)
    place = Scale(low=min(lowest, 0.95), high=1.0, start=3, end=97)
    header = ("class", "found (recall)", "95 % interval", "right when called", "sealed samples")
    gains = proof_words.lost(card.proof)
    beside = ["beside the champion"] if gains else []
    rows = [[*_class(found, place), *([gains.get(found.label, "")] if gains else [])] for found in worst]
    rest = len(judged.classes) - len(worst)
    more = f" {figures.count(rest, 'better class', 'better classes')} in card.json." if rest > 0 else ""
    return section(
        "Worst classes" if rest > 0 else "Classes, worst first",
        table((*header, *beside), rows, numbers=(1, 3, 4, 5), classes="marks"),
        note(words.SEALED + more),
        id="classes",
    )


def _class(found: ClassJudged, place: Scale) -> list[Child]:
    ends = found.interval
    label = f"{figures.percent(found.recall)}, from {figures.percents(ends)}"
    drawn = mark(found.recall or 0.0, ends.low, ends.high, place=place, label=label)
    return [
        found.label,
        figures.percent(found.recall),
        [drawn, tag("small", figures.percents(ends))],
        figures.percent(found.precision) or "never called",
        f"{found.samples:,}",
    ]


def slices(card: Card) -> Html | None:
    """The metric on each slice of the sealed test."""
    rows = proof_words.slices(card.proof)
    header = ("slice", "sealed samples", words.metric(card), "gain there over the champion")
    return (
        section("Slices, worst first", table(header, rows, numbers=(1, 2, 3)), id="slices") if rows else None
    )


def confusion(card: Card) -> Html | None:
    """What is taken for what: a matrix, and for many classes the pairs most confused."""
    judged = card.judged
    if judged is None:
        return None
    if len(judged.classes) <= MATRIX:
        told = "Rows are the true classes, columns what they were called; shades are shares of a row."
        return section("Confusion", matrix(judged), note(told), id="confusion")
    told = (
        "Rows are the true classes, columns what they were called, both in the order of the classes' names."
    )
    return section(
        "Most confused pairs",
        tag(
            "div",
            tag("div", _pairs(judged)),
            tag("figure", overview(judged), tag("figcaption", told)),
            class_="pair",
        ),
        id="confusion",
    )


def _pairs(judged: Confusion) -> Html:
    shown = judged.confused[:_PAIRS]
    if not shown:
        return note("No class was taken for another.")
    samples = {found.label: found.samples for found in judged.classes}
    most = shown[0].samples
    rows = [
        (f"{pair.true} → {pair.called}", bar(pair.samples / most), f"{pair.samples} of {samples[pair.true]}")
        for pair in shown
    ]
    rest = len(judged.confused) - len(shown)
    more = note(f"{figures.count(rest, 'rarer pair')} in card.json.") if rest > 0 else None
    return tag("div", table(("true → called", "", "samples"), rows, numbers=(2,), classes="bars"), more)


def mistakes(card: Card) -> Html | None:
    """Retest samples that it called wrong, surest first."""
    found = card.mistakes
    if found is None:
        return None
    told = note(words.mistakes(found))
    gallery = (
        tag("div", [_mistake(mistake) for mistake in found.shown], class_="gallery") if found.shown else None
    )
    return section("Example mistakes", told, gallery, id="mistakes")


def _mistake(mistake: Mistake) -> Html:
    picture: Html = tag("div", "no picture", class_="missing")
    if mistake.excerpt is not None:
        picture = tag("blockquote", mistake.excerpt)
    if mistake.picture is not None:
        # A tiny picture's pixels are what the model sees: they are not smoothed away.
        fine = "fine" if mistake.picture.startswith("data:image/png") else None
        alt = f"a sample of class {mistake.true}, called {mistake.called}"
        picture = tag("img", src=mistake.picture, alt=alt, class_=fine, width=112, height=112)
    return tag(
        "figure",
        picture,
        tag(
            "figcaption",
            tag(
                "span", tag("b", mistake.called), f" {figures.percent(mistake.probability)}", class_="called"
            ),
            tag("span", "truly ", tag("b", mistake.true), f" {figures.percent(mistake.of_true)}"),
            tag("small", mistake.path, title=mistake.path),
        ),
    )
