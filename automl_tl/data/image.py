"""How picture files are told and tried."""

from functools import partial

from automl_tl.data.sketch import SKETCH, sketch_picture
from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Reader
from automl_tl.domain.dataset import Modality

_SUFFIXES = "jpg jpeg jpe jfif png apng webp bmp dib gif tif tiff ppm pgm pbm pnm jp2 j2k avif"

IMAGE = Reader(
    modality=Modality.IMAGE,
    noun="picture",
    suffixes=frozenset(f".{suffix}" for suffix in _SUFFIXES.split()),
    most_bytes=512 * 2**20,
    verify=sketch_picture,
    sketched=partial(Sketches, SKETCH),
)
