"""Sounds come in the forms that people have them in; what is none is named by its row."""

import base64
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tl.model.sound_inputs import sounds
from automl_tl.model.sound_preparer import Waveform

WAVE = np.linspace(-0.5, 0.5, 50)


def test_a_column_of_files_bytes_base64_and_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")
    cells = [
        str(path),
        b"RIFF",
        base64.b64encode(b"RIFF").decode(),
        {"array": WAVE, "sampling_rate": 8000, "path": None},
        {"bytes": b"RIFF", "path": "a.wav"},
        {"path": str(path), "bytes": None},
    ]

    found = sounds(pd.DataFrame({"id": range(6), "audio": cells}))

    assert found[:3] == [path, b"RIFF", b"RIFF"]
    assert isinstance(found[3], Waveform) and found[3].rate == 8000 and np.array_equal(found[3].samples, WAVE)
    assert found[4:] == [b"RIFF", path]
    assert len(sounds({"audio": [b"a", b"b"]})) == 2
    assert len(sounds({"array": [0.0, 0.1], "sampling_rate": 8000})) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([b"x", WAVE], "row 1 is an array alone, but its rate is needed: {array: …, sampling_rate: …}"),
        ([{"array": WAVE, "sampling_rate": "8k"}], "row 0 has an array and the sampling_rate '8k'"),
        ([{"array": ["a"], "sampling_rate": 8000}], "row 0 has an array of <U1, but samples are numbers"),
        ([{"bytes": None}], "row 0 has neither array nor bytes nor path"),
        (["nowhere.wav"], "row 0 is 'nowhere.wav', neither the path of a file nor a sound in base64"),
        ([3], "row 0 is int 3, but a sound comes as"),
        (pd.DataFrame({"a": [1], "b": [2]}), "the columns are a, b, but sounds stand in a column 'audio'"),
    ],
)
def test_what_is_no_sound_is_named_by_its_row(given: object, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        sounds(given)

    assert str(refused.value).startswith(sentence)


def test_who_serves_strangers_reads_no_paths(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(b"RIFF")

    for given in (str(tmp_path / "secret.wav"), {"path": str(tmp_path / "secret.wav")}):
        with pytest.raises(ValueError, match="not a sound in base64"):
            sounds([given], with_paths=False)
