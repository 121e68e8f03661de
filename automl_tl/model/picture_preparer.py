"""Pictures made ready for a network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from automl_tl.model.picture import load_picture, shape_picture
from automl_tl.model.spec import ImagePreprocessing

Picture = Path | bytes | Image.Image


class PicturePreparer:
    """Decodes, turns, cuts and resizes."""

    noun = "picture"

    def __init__(self, preprocessing: ImagePreprocessing, files: Mapping[str, bytes]) -> None:
        """It needs none of the ``files``."""
        self.preprocessing = preprocessing

    def prepare(self, source: Picture) -> NDArray[np.uint8]:
        """Pixels uint8 [S, S, C]; raises PictureUnreadable, OSError for a path that cannot be read."""
        if isinstance(source, Image.Image):
            return shape_picture(source, preprocessing=self.preprocessing)
        return load_picture(source, preprocessing=self.preprocessing)

    def lengths(self, contents: Sequence[bytes]) -> None:
        """Every picture is resized."""
