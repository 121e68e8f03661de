"""The beginning of a text, as a card quotes it."""

from pathlib import Path

from automl_tl.data.contents import content
from automl_tl.domain.dataset import Sample
from automl_tl.errors import DatasetChanged

LONGEST = 200  # characters


def excerpt(sample: Sample, *, root: Path) -> str | None:
    """At most 200 characters on one line; None for a text that is gone, or changed since it was frozen."""
    try:
        data = content(root, sample)
    except DatasetChanged:
        return None
    text = " ".join(data[: 8 * LONGEST].decode("utf-8", errors="ignore").split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
