"""``mlflow models serve`` on a saved model: pictures in base64 go in, the daemon's answers come out."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import mlflow  # noqa: F401  # write_model wants it imported
import numpy as np
import pytest
from mlflow_program import listening
from small_model import noise, said_by_the_daemon, save_small

from automl_tl.registry.mlflow_model import write_model

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("mlflow-serves")]
CLASSES = ("one", "two", "three")


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small(tmp_path_factory.mktemp("saved") / "artifact", classes=CLASSES)


@pytest.fixture(scope="module")
def address(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The scoring server of MLflow on a free loopback port, ended with its children afterwards."""
    root = tmp_path_factory.mktemp("serve")
    folder = str(write_model(artifact, root / "model"))
    words = ["models", "serve", "--model-uri", folder, "--env-manager", "local"]
    with listening(*words, ready="/ping", folder=root) as found:
        yield f"{found}/invocations"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{found}/ping", timeout=5)


def post(address: str, body: object) -> tuple[int, dict[str, object]]:
    """The status and the JSON of an answer."""
    request = urllib.request.Request(
        address, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_served_model_answers_as_the_daemon_does(address: str, artifact: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, file in enumerate(files):
        file.write_bytes(noise(seed=seed))
    texts = [base64.b64encode(file.read_bytes()).decode() for file in files]
    forms: list[dict[str, object]] = [
        {"dataframe_split": {"columns": ["image"], "data": [[text] for text in texts]}},
        {"dataframe_records": [{"image": text} for text in texts]},
        {"inputs": texts},
        {"inputs": {"image": texts}},
        {"instances": [{"image": text} for text in texts]},
    ]

    answers = [post(address, form) for form in forms]

    said = said_by_the_daemon(artifact, files)
    expected = np.array([[row["probabilities"][name] for name in CLASSES] for row in said])
    for status, answer in answers:
        assert status == 200
        rows = answer["predictions"]
        assert isinstance(rows, list)
        found = np.array([[row[f"probability_{name}"] for name in CLASSES] for row in rows])
        assert np.abs(found - expected).max() <= 1e-5
        assert [(row["label"], row["guess"]) for row in rows] == [
            (row["label"], row["guess"]) for row in said
        ]


def test_served_model_abstains_where_it_is_asked_to(address: str) -> None:
    text = base64.b64encode(noise(seed=0)).decode()

    status, answer = post(
        address, {"inputs": [text], "params": {"abstain_below": 1.0, "probabilities": False}}
    )

    assert status == 200
    (row,) = answer["predictions"]  # type: ignore[misc]
    assert list(row) == ["label", "guess", "probability"]
    assert row["label"] is None and row["guess"] in CLASSES and 0 < row["probability"] < 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("great film", "row 0 is 'great film', not a picture in base64"),
        ("/etc/hostname", "row 0 is '/etc/hostname', not a picture in base64"),
        (base64.b64encode(b"RIFF....WAVEfmt ").decode(), "is not a picture in a format that can be read"),
        (0.5, "row 0 is float 0.5, but a picture comes as"),
        (None, "row 0 is NoneType None, but a picture comes as"),
    ],
)
def test_what_is_no_picture_is_the_senders_fault(address: str, given: object, words: str) -> None:
    status, answer = post(address, {"dataframe_split": {"columns": ["image"], "data": [[given]]}})

    assert status == 400
    assert words in str(answer["message"])
