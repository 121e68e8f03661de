"""What a folder of prepared samples was made from, and when it was used last."""

import json
import os
from pathlib import Path

from automl_tl.data.disk import replaced
from automl_tl.filelock import FileLock

CARD = "entry.json"
"""Named and laid out as the card of an entry of activations."""


def use(folder: Path, *, fingerprint: str) -> None:
    """Write down whose manifest the samples are of, once, and that they are used now; raises DiskFull."""
    card = folder / CARD
    try:
        os.utime(card)
    except FileNotFoundError:
        with FileLock(folder / "entry.lock").exclusive(), replaced(card) as file:
            file.write(json.dumps({"identity": {"manifest": fingerprint}}).encode())
