"""Small pictures of samples, as text that a page can hold."""

import base64
import hashlib
from io import BytesIO
from pathlib import Path

from PIL import Image

from automl_tl.domain.dataset import Sample
from automl_tl.model.picture import load_picture
from automl_tl.model.problem import SampleUnreadable
from automl_tl.model.sound_picture import SUFFIXES, as_example
from automl_tl.model.spec import ImagePreprocessing

LARGEST = 112  # pixels of a side
_PNG_SIDE = 48  # up to here every pixel counts


def thumbnail(sample: Sample, *, root: Path, size: int) -> str | None:
    """The middle square of a picture at ``size`` pixels, at most 112, as a data URI; a sound's spectrogram.

    None for a file that is gone, that changed since the manifest was frozen, or that is neither.
    """
    side = min(size, LARGEST)
    look = ImagePreprocessing(size=side, mean=(0.0,) * 3, std=(1.0,) * 3)
    try:
        data = (root / sample.path).read_bytes()
        if hashlib.sha256(data).hexdigest() != sample.sha256:
            return None
        if Path(sample.path).suffix.lower() in SUFFIXES:
            return _uri(as_example(data, side=side), kind="png")
        picture = Image.fromarray(load_picture(data, preprocessing=look))
    except (OSError, SampleUnreadable):
        return None
    kind = "png" if side <= _PNG_SIDE else "jpeg"
    file = BytesIO()
    picture.save(file, kind, **({} if kind == "png" else {"quality": 82}))
    return _uri(file.getvalue(), kind=kind)


def _uri(data: bytes, *, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
