"""From a sample as it lies on disk to the array that a network is given: what every modality offers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from automl_tl.model.picture_preparer import PicturePreparer
from automl_tl.model.sound_preparer import SoundPreparer
from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.model.spec import Preprocessing, TextPreprocessing


class Preparer(Protocol):
    """Prepares samples of one modality; for several threads at once."""

    @property
    def preprocessing(self) -> Preprocessing:
        """What it does, as values."""

    @property
    def noun(self) -> str:
        """What a person calls a sample."""

    def prepare(self, source: Any) -> NDArray[Any]:
        """The stored form of a sample, of ``stored_shape`` and ``dtype``, from its path, bytes or like.

        Raises SampleUnreadable, whose sentence continues the sample's name, and OSError for a path.
        """

    def lengths(self, contents: Sequence[bytes]) -> NDArray[np.int64] | None:
        """How long each sample is by itself [N], up to the preprocessing's length; None: all are alike."""


def preparer_of(preprocessing: Preprocessing, files: Mapping[str, bytes] | None = None) -> Preparer:
    """The one that a preprocessing describes; ``files`` holds those that it names, by name."""
    if isinstance(preprocessing, TextPreprocessing):
        # The library tokenizers is asked of those alone who serve a model of texts.
        from automl_tl.model.text_preparer import TextPreparer

        return TextPreparer(preprocessing, files or {})
    if isinstance(preprocessing, SoundPreprocessing):
        return SoundPreparer(preprocessing, files or {})
    return PicturePreparer(preprocessing, files or {})
