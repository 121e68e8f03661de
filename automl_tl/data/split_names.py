"""What people call the splits, in folders, tables and cells."""

import re

from automl_tl.domain.dataset import Split

SPLITS = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "val": Split.VALIDATION,
    "valid": Split.VALIDATION,
    "validation": Split.VALIDATION,
    "dev": Split.VALIDATION,
    "test": Split.TEST,
    "testing": Split.TEST,
}
"""Names of splits, in any case."""

_SHARD = re.compile(r"[-_.]\d+(-of-\d+)?$")  # train-00000-of-00002, as large tables are cut


def split_of(name: str) -> Split | None:
    """The split that a folder, a table's stem or a cell names; None where it names none."""
    return SPLITS.get(_SHARD.sub("", name.strip().casefold()))
