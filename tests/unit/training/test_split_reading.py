from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from automl_tl.data.manifest import read_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Split
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Evaluate, Score
from automl_tl.errors import CandidateFailed
from automl_tl.model.artifact import load
from automl_tl.model.description import read_card
from automl_tl.model.picture import verify
from automl_tl.model.predictor import Predictor
from automl_tl.training.pack import pack
from automl_tl.training.reading import read_split, trained_predictor
from automl_tl.training.scoring import score
from automl_tl.training.temperature import fit_temperature
from automl_tl.zoo.base import Zoo

Build = Callable[..., Evaluate]


def predictor_of(work: Evaluate, zoo: Zoo) -> Predictor:
    return trained_predictor(
        Path(work.into),
        candidate=work.candidate,
        configuration=work.configuration,
        classes=("left", "right"),
        zoo=zoo,
    )


@pytest.mark.parametrize(
    ("net", "depth"),
    [("test_resnet", 0), ("test_resnet", 3), ("test_vit", 2), ("test_vit", 6), ("test_efficientnet", 3)],
)
def test_what_a_checkpoint_is_read_as_is_what_was_measured(
    run: Callable[..., Report], work: Build, zoo: Zoo, tmp_path: Path, net: str, depth: int
) -> None:
    asked = work(net, freeze_depth=depth, augmentation=0.3)
    report = run(asked)

    reading = read_split(
        predictor_of(asked, zoo),
        read_manifest(Path(asked.manifest)),
        split=Split.VALIDATION,
        cache=tmp_path / "cache",
        threads=1,
    )

    loss = F.cross_entropy(torch.from_numpy(reading.logits), torch.from_numpy(reading.targets))
    assert float(loss) == pytest.approx(report.loss, abs=1e-5)


def test_a_network_from_random_weights_is_read_too(
    run: Callable[..., Report], work: Build, zoo: Zoo, tmp_path: Path
) -> None:
    asked = work(pretrained=False)
    report = run(asked)

    manifest = read_manifest(Path(asked.manifest))
    reading = read_split(
        predictor_of(asked, zoo), manifest, split=Split.VALIDATION, cache=tmp_path / "cache", threads=1
    )

    loss = F.cross_entropy(torch.from_numpy(reading.logits), torch.from_numpy(reading.targets))
    assert float(loss) == pytest.approx(report.loss, abs=1e-5)


def test_a_checkpoint_of_another_net_is_refused(run: Callable[..., Report], work: Build, zoo: Zoo) -> None:
    asked = work("test_vit", freeze_depth=2)
    run(asked)

    with pytest.raises(CandidateFailed, match="is not one of"):
        trained_predictor(
            Path(asked.into),
            candidate=Candidate(id="test_resnet", source="embedded:test_resnet"),
            configuration=asked.configuration,
            classes=("left", "right"),
            zoo=zoo,
        )


def test_a_packed_checkpoint_answers_as_it_did(
    run: Callable[..., Report], work: Build, zoo: Zoo, tmp_path: Path
) -> None:
    asked = work("test_vit", freeze_depth=3)
    run(asked)
    predictor = predictor_of(asked, zoo)
    manifest = read_manifest(Path(asked.manifest))
    picture = Path(manifest.root) / manifest.samples[70].path
    before = predictor.predict([picture])

    digest = pack(predictor, tmp_path / "artifact", temperature=1.0, manifest=manifest, facts={})

    assert len(digest) == 64
    assert np.array_equal(load(tmp_path / "artifact").predict([picture]), before)
    first = manifest.samples[manifest.indices(Split.TRAIN)[0]]
    assert read_card(tmp_path / "artifact")["facts"]["example_sample"] == first.sha256
    assert verify((tmp_path / "artifact" / "example.png").read_bytes()) is None


def test_a_temperature_makes_overconfident_logits_honest() -> None:
    draw = np.random.default_rng(0)
    honest = draw.normal(0, 2, (4000, 3))
    chances = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    targets = np.array([draw.choice(3, p=row) for row in chances], np.int64)

    assert fit_temperature((honest * 5).astype(np.float32), targets) == pytest.approx(5, rel=0.1)
    assert fit_temperature(honest.astype(np.float32), targets) == pytest.approx(1, rel=0.1)
    assert fit_temperature(np.empty((0, 3), np.float32), np.empty(0, np.int64)) == 1.0


def test_a_scored_candidate_has_its_latency(zoo: Zoo, manifest: Path) -> None:
    candidate = Candidate(id="net", source="embedded:test_resnet")

    scored = score(Score(candidate=candidate, manifest=str(manifest)), zoo=zoo, threads=1, may_switch=True)

    assert scored.facts.latency_seconds is not None and 0 < scored.facts.latency_seconds < 10
    assert scored.facts.candidate == "net"


def test_a_few_samples_that_are_all_right_do_not_make_a_model_boundlessly_sure() -> None:
    targets = np.arange(60) % 3
    logits = (4 * np.eye(3)[targets]).astype(np.float32)

    few, many = (
        fit_temperature(logits, targets),
        fit_temperature(np.tile(logits, (200, 1)), np.tile(targets, 200)),
    )

    assert 0.4 < few < 1.0
    assert many < few
