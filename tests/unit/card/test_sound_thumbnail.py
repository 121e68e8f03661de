"""Card thumbnails of sounds."""

import base64
import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import sound_nets
from PIL import Image

from automl_tl.card.thumbnail import thumbnail
from automl_tl.domain.dataset import Sample, Split


def test_a_sound_is_shown_as_its_spectrogram(tmp_path: Path) -> None:
    data = sound_nets.sound_bytes(sound_nets.glide(0, up=True))
    (tmp_path / "up.wav").write_bytes(data)
    sample = Sample(
        path="up.wav",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        label="up",
        split=Split.RETEST,
    )

    uri = thumbnail(sample, root=tmp_path, size=64)

    assert uri is not None and uri.startswith("data:image/png;base64,")
    picture = np.asarray(Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))))
    loudest = picture.argmin(axis=0)  # loud is dark, high is above
    assert picture.shape == (64, 64)
    assert loudest[8] > loudest[32] > loudest[56]
