"""A split is read for all contenders; what is wrong with one is said, and stops none of the others."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import colours
import numpy as np
import pytest
import torch

from automl_tl.data.manifest import freeze, read_manifest, write_manifest
from automl_tl.domain.dataset import Modality, Sample, Split
from automl_tl.domain.gate import GatePolicy, Opening, Outcome
from automl_tl.domain.judgement import decide
from automl_tl.domain.work import Contender, Prove, Reading
from automl_tl.model.artifact import WEIGHTS, load, save
from automl_tl.proof.reading import proof_of
from automl_tl.wiring.prove import Prover
from automl_tl.zoo.embedded_zoo import EmbeddedZoo

Read = Callable[..., dict[str, Reading]]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Forty pictures of each colour: 30 to learn from, 10 of each other split."""
    root = colours.draw(tmp_path / "pictures", count=40)
    samples = [
        Sample(
            path=str(path.relative_to(root)),
            size=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            label=path.parent.name,
            split=(Split.TRAIN, Split.VALIDATION, Split.RETEST, Split.TEST)[int(path.stem) % 4],
        )
        for path in sorted(root.glob("*/*.png"))
    ]
    frozen = freeze(samples, modality=Modality.IMAGE, dataset_name="colours", root=str(root))
    return write_manifest(frozen, folder=tmp_path)


@pytest.fixture
def read(manifest: Path, tmp_path: Path) -> Read:
    """Read the sealed test for artifacts and the two baselines."""
    prover = Prover(zoo=EmbeddedZoo(), cache=tmp_path / "cache", threads=1)

    def read(**artifacts: Path) -> dict[str, Reading]:
        elsewhere = (Split.TRAIN, Split.VALIDATION)
        networks = tuple(
            Contender(name=name, artifact=str(path), elsewhere=elsewhere if name == "challenger" else ())
            for name, path in artifacts.items()
        )
        proven = prover.prove(
            Prove(
                split=Split.TEST,
                manifest=str(manifest),
                metric="log_loss",
                contenders=(*networks, Contender(name="majority"), Contender(name="cheap")),
                into=str(tmp_path / "predictions"),
                seed=0,
            )
        )
        return {reading.name: reading for reading in proven.readings}

    return read


def without_numbers(folder: Path) -> Path:
    """The model of a folder with a head of numbers so large that their sums are none."""
    predictor = load(folder)
    for parameter in predictor.network.head.parameters():
        parameter.fill_(torch.finfo(torch.float32).max)
    save(folder, spec=predictor.spec, network=predictor.network)
    return folder


def test_a_network_is_read_with_all_that_the_gate_asks_about(read: Read, tmp_path: Path) -> None:
    found = read(challenger=colours.save_model(tmp_path / "new"))["challenger"]

    assert found.flaw == "" and found.classes == ("blue", "red")
    assert set(found.elsewhere) == {"train", "validation"}
    assert found.latency_seconds is not None and 0 < found.latency_seconds < 10
    assert found.size_bytes > 1000
    assert found.calibration is not None and 0 <= found.calibration <= 1


def test_predictions_that_are_no_numbers_are_misses_and_are_said(
    read: Read, manifest: Path, tmp_path: Path
) -> None:
    readings = read(
        challenger=without_numbers(colours.save_model(tmp_path / "new")),
        champion=colours.save_model(tmp_path / "old"),
    )

    found = readings["challenger"]
    assert found.flaw == "gives 20 of 20 samples predictions that are not numbers"
    assert found.value == pytest.approx(np.log(1e-7))
    assert found.calibration == pytest.approx(1.0)
    proof = proof_of(
        tuple(readings.values()),
        manifest=read_manifest(manifest),
        metric="log_loss",
        opening=Opening(number=1, reading=1),
        alpha=0.05,
        seed=0,
        champion_version=1,
    )
    decision = decide(proof, GatePolicy())
    assert decision.outcome is Outcome.REFUSE
    assert decision.reason.endswith(
        "refused, for the challenger gives 20 of 20 samples predictions that are not numbers"
    )


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (shutil.rmtree, "holds no model.json, and a saved model has one"),
        (lambda folder: (folder / WEIGHTS).unlink(), "holds no model.safetensors"),
        (lambda folder: (folder / WEIGHTS).write_bytes(b"x"), "is not the file that was saved"),
        (lambda folder: (folder / "model.json").write_text("{}"), "does not describe a model"),
        (lambda folder: (folder / "model.json").write_bytes(b"\xff"), "is not JSON"),
    ],
)
def test_a_champion_whose_files_are_damaged_stops_nobody(
    read: Read, tmp_path: Path, harm: Callable[[Path], object], sentence: str
) -> None:
    old = colours.save_model(tmp_path / "old")
    harm(old)

    readings = read(challenger=colours.save_model(tmp_path / "new"), champion=old)

    assert readings["champion"].flaw.startswith("cannot be read: ")
    assert sentence in readings["champion"].flaw
    assert readings["champion"].predictions == ""
    assert all(Path(readings[name].predictions).is_file() for name in ("challenger", "majority", "cheap"))
