"""What the page is built of: sections, tables, lists."""

from collections.abc import Iterable, Sequence

from automl_tl.card.markup import Child, Html, tag

Row = Sequence[Child]


def section(title: str, *children: Child, id: str, wide: bool = True) -> Html:
    """A titled part of the page; two that are not ``wide`` stand beside each other."""
    heading = tag("h2", title, id=id)
    return tag("section", heading, *children, class_="card wide" if wide else "card", aria_labelledby=id)


def table(
    header: Row, rows: Iterable[Row], *, numbers: Iterable[int] = (), classes: str | None = None
) -> Html:
    """A table whose rows begin with their name; ``numbers`` are the columns of figures."""
    figures = frozenset(numbers)

    def cell(place: int, child: Child) -> Html:
        kind = "number" if place in figures else None
        return tag("td", child, class_=kind) if place else tag("th", child, class_=kind, scope="row")

    head = [
        tag("th", c, scope="col", class_="number" if i in figures else None) for i, c in enumerate(header)
    ]
    body = [tag("tr", [cell(i, c) for i, c in enumerate(row)]) for row in rows]
    whole = tag("table", tag("thead", tag("tr", head)), tag("tbody", body), class_=classes)
    return tag(
        "div", whole, class_="table", tabindex=0, role="region", aria_label="a table that scrolls sideways"
    )


def folded(summary: str, *children: Child) -> Html:
    """What is read on demand, such as the figures behind a plot; printed it is left out."""
    return tag("details", tag("summary", summary), *children)


def pairs(rows: Iterable[tuple[str, Child]]) -> Html:
    """Names and their figures, one a line."""
    return tag(
        "dl", [tag("div", tag("dt", name), tag("dd", figure)) for name, figure in rows], class_="lines"
    )


def note(*children: Child) -> Html:
    """A quiet sentence."""
    return tag("p", *children, class_="note")


def bar(share: float) -> Html:
    """A bar that fills ``share`` of its cell."""
    fill = tag("rect", width=f"{100 * share:.1f}%", height="100%", rx=2)
    return tag("svg", fill, class_="bar", aria_hidden="true")
