"""The confusion matrix: a shaded table for few classes, a map of dots for many."""

import math

from automl_tl.card.drawing import plot
from automl_tl.card.markup import Html, tag
from automl_tl.proof.confusion import Confusion

MATRIX = 20
"""The most classes whose matrix is a table that can be read."""

_SIDE = 400
_SHADES = 5


def matrix(judged: Confusion) -> Html:
    """Counts, rows true and columns called, shaded by their share of the row."""
    labels = [found.label for found in judged.classes]
    counts = _counts(judged)
    columns = [tag("th", tag("span", label), scope="col") for label in (*labels, "samples")]
    rows = [
        tag(
            "tr",
            tag("th", found.label, scope="row"),
            [
                _cell(counts.get((found.label, c), 0), found.samples, is_right=found.label == c)
                for c in labels
            ],
            tag("td", f"{found.samples:,}", class_="sum"),
        )
        for found in judged.classes
    ]
    corner = tag("th", "true ↓  called →", class_="corner")
    table = tag("table", tag("thead", tag("tr", corner, columns)), tag("tbody", rows), class_="matrix")
    return tag("div", table, class_="table", tabindex=0, role="region", aria_label="the confusion matrix")


def overview(judged: Confusion) -> Html:
    """One square a pair that occurs: on the diagonal what is right, elsewhere and red what is not."""
    places = {found.label: place for place, found in enumerate(judged.classes)}
    samples = {found.label: found.samples for found in judged.classes}
    side = _SIDE / len(places)
    squares = [
        tag(
            "rect",
            tag("title", f"{count} of {samples[true]} {true} called {called}"),
            class_="right" if true == called else "wrong",
            x=places[called] * side,
            y=places[true] * side,
            width=side,
            height=side,
            fill_opacity=0.15 + 0.85 * count / samples[true],
        )
        for (true, called), count in _counts(judged).items()
        if count
    ]
    frame = tag("rect", class_="frame", x=0, y=0, width=_SIDE, height=_SIDE)
    label = (
        f"Confusion of {len(places)} classes: {judged.errors} of {judged.samples} samples off the diagonal."
    )
    return plot(frame, squares, width=_SIDE, height=_SIDE, label=label)


def _counts(judged: Confusion) -> dict[tuple[str, str], int]:
    found = {(pair.true, pair.called): pair.samples for pair in judged.confused}
    return found | {(of.label, of.label): of.hits for of in judged.classes}


def _cell(count: int, samples: int, *, is_right: bool) -> Html:
    if not count:
        return tag("td", "·", class_="none")
    share = count / samples if is_right else math.sqrt(count / samples)  # few errors are to be seen too
    shade = max(1, round(_SHADES * share))
    return tag("td", f"{count:,}", class_=f"{'right' if is_right else 'wrong'} s{shade}")
