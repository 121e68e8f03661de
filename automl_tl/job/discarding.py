"""Letting go at once of what a discarded job had found; the rest of its folder is for people to read."""

from pathlib import Path

from automl_tl.champions.removal import remove

_PARTS = ("checkpoints", "progress")


def discard(folder: Path) -> None:
    """Delete a job's checkpoints, after its row says that they are swept; ``gc`` ends what is interrupted."""
    for part in _PARTS:
        remove(folder / part)
