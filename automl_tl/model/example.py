"""Taking the example out of a saved model, as when the person behind it asks to be forgotten."""

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from automl_tl.model.artifact import EXAMPLE
from automl_tl.model.description import CARD, read_card, read_spec, sha256, write_card
from automl_tl.model.problem import ArtifactDamaged

_SAMPLE = "example_sample"


def shows(folder: Path, samples: Collection[str]) -> bool:
    """Whether the saved model's example is the picture of one of these samples (sha256).

    True as well where ``without_example`` was cut short: the card names no sample, but the picture is there.
    """
    try:
        facts = read_card(folder)["facts"]
    except (ArtifactDamaged, KeyError):
        return False
    if _SAMPLE not in facts:  # of an earlier release, which stored the sample's own file
        return (folder / EXAMPLE).is_file() and sha256(folder / EXAMPLE) in samples
    return facts[_SAMPLE] in samples or (facts[_SAMPLE] is None and (folder / EXAMPLE).is_file())


def without_example(folder: Path) -> None:
    """Take ``example.png`` and its sample's name out of the folder; raises ArtifactDamaged, OSError.

    Killed between its two steps it leaves a model that refuses to load, and completes when it is repeated.
    """
    spec, facts = read_spec(folder), dict(read_card(folder)["facts"])
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bare-") as scratch:
        bare = Path(scratch) / "model"
        shutil.copytree(folder, bare, ignore=shutil.ignore_patterns(EXAMPLE, CARD))
        write_card(bare, spec=spec, facts={**facts, _SAMPLE: None})
        (bare / CARD).replace(folder / CARD)  # never written over: another folder may share the file
    (folder / EXAMPLE).unlink(missing_ok=True)
