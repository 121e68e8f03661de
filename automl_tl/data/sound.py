"""How sound files are told and tried."""

from functools import partial

import numpy as np

from automl_tl.data.sketch import SIDE, SKETCH
from automl_tl.data.sketches import Sketches
from automl_tl.data.survey import Reader
from automl_tl.domain.dataset import Modality
from automl_tl.model.sound_picture import SUFFIXES, sound_picture


def sketch_sound(data: bytes) -> bytes:
    """The sketch, as bytes of ``SKETCH``: the sound's picture in grey, its width in milliseconds.

    Copies in other formats, at other rates, louder, trimmed or padded have nearly the same one. Every byte is
    decoded; raises SoundUnreadable.
    """
    seconds, grey = sound_picture(data, side=SIDE)
    record = np.zeros((), dtype=SKETCH)
    record["width"], record["height"] = round(1000 * seconds), SIDE
    record["grey"] = grey
    return record.tobytes()


SOUND = Reader(
    modality=Modality.AUDIO,
    noun="sound",
    suffixes=SUFFIXES,
    most_bytes=512 * 2**20,
    verify=sketch_sound,
    sketched=partial(Sketches, SKETCH),
)
