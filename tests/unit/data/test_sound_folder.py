"""Datasets of sounds: told by their files, tried, and compared with each other."""

from pathlib import Path

import numpy as np
import pytest
from drawn_sounds import RATE, chirp, draw_sounds, sound_file

from automl_tl.data.family import find_families
from automl_tl.data.folder import survey
from automl_tl.domain.dataset import Modality
from automl_tl.model.resampling import resampled


def test_a_folder_of_sounds_is_told_by_its_files_and_what_is_broken_says_why(tmp_path: Path) -> None:
    data = draw_sounds(tmp_path, {"up": 3, "down": 3})
    whole = sound_file(chirp(9))
    (data / "up" / "cut.wav").write_bytes(whole[: len(whole) // 2])
    (data / "up" / "empty.wav").write_bytes(b"")
    (data / "down" / "silent.wav").write_bytes(sound_file(np.zeros(0)))
    (data / "down" / "notes.txt").write_text("recorded on Monday")
    (data / "down" / "stereo.flac").write_bytes(
        sound_file(np.stack([chirp(10), chirp(11)], axis=1), rate=96_000, kind="FLAC")
    )

    found = survey(data)

    assert (found.modality, len(found.samples)) == (Modality.AUDIO, 7)
    assert {rejected.path: rejected.reason for rejected in found.rejected} == {
        "up/cut.wav": "breaks off: its last 3,222 bytes are missing",
        "up/empty.wav": "is empty",
        "down/silent.wav": "holds no sound: it has 0 samples",
        "down/notes.txt": "is not a sound",
    }
    assert len(found.unreadable) == 3


@pytest.mark.parametrize("how", ["louder", "another rate", "padded", "another format"])
def test_copies_of_sounds_are_found_and_others_are_not(tmp_path: Path, how: str) -> None:
    data = draw_sounds(tmp_path, {"up": 60, "down": 60})
    copied = chirp(7)
    (data / "down" / "copy.wav").write_bytes(
        {
            "louder": lambda: sound_file(2 * copied),
            "another rate": lambda: sound_file(
                resampled(copied.astype("f"), rate=RATE, to=16_000), rate=16_000
            ),
            "padded": lambda: sound_file(np.pad(copied, (700, 1500))),
            "another format": lambda: sound_file(copied, kind="OGG"),
        }[how]()
    )

    families = find_families(survey(data))

    assert [{pair.one, pair.other} for pair in families.pairs] == [{"up/007.wav", "down/copy.wav"}]
