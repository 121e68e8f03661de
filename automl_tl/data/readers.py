"""Which modality files are of: the readers, and how one is chosen."""

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

from automl_tl.data.image import IMAGE
from automl_tl.data.sound import SOUND
from automl_tl.data.survey import Reader
from automl_tl.data.text import TEXT
from automl_tl.domain.dataset import Modality

READERS = (IMAGE, TEXT, SOUND)
"""One a modality; where names decide nothing, the first."""

_BESIDE = 10  # texts lie beside pictures and sounds, to describe them: so many more of them are the dataset


def reader_of(paths: Iterable[PurePath]) -> Reader:
    """The reader whose files are most of these, told by the ends of their names."""
    ends = Counter(path.suffix.lower() for path in paths)
    counts = {reader.modality: float(sum(ends[suffix] for suffix in reader.suffixes)) for reader in READERS}
    counts[Modality.TEXT] /= _BESIDE
    return max(READERS, key=lambda reader: counts[reader.modality])
