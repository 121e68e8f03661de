"""Texts are trained as pictures are: kept boundaries give the losses of whole passes, and are paid once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import text_nets
import torch
from drawn_nets import Build, Net, drawn_once, forced, work_on

from automl_tl.data.manifest import read_manifest, write_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Split
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Score
from automl_tl.errors import CandidateFailed
from automl_tl.model.prepared import drawn, shortened
from automl_tl.training import features, preparation
from automl_tl.training.fitting import fitted, length_for
from automl_tl.training.opening import open_pretrained
from automl_tl.training.reading import read_split, trained_predictor
from automl_tl.training.scoring import score
from automl_tl.training.trainee import Trainee
from automl_tl.training.way import Way
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo

Run = Callable[..., Report]
ENCODERS = ("bert", "roberta", "xlm-roberta", "distilbert", "electra", "deberta-v2")
FAMILIES = (*ENCODERS, "gpt2")
ZOO = LocalDirZoo()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def nets(tmp_path_factory: pytest.TempPathFactory) -> Net:
    return drawn_once(text_nets.draw_net, tmp_path_factory.mktemp("nets"))


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    return write_manifest(text_nets.text_manifest(folder), folder=folder)


@pytest.fixture
def text_work(work: Build, nets: Net, texts: Path) -> Build:
    return work_on(texts, work=work, nets=nets)


@pytest.mark.parametrize("model_type", FAMILIES)
def test_every_family_is_split_between_any_two_layers(nets: Net, texts: Path, model_type: str) -> None:
    opened = open_pretrained(ZOO, fitted(nets(model_type), zoo=ZOO, manifest=texts))
    batch = drawn(opened.preprocessing, 5, seed=1).to(opened.device)

    halves = [opened.halves(depth) for depth in (1, 2, 3)]

    with torch.no_grad():
        whole = opened.backbone().eval()(batch)
        for found in halves:
            assert found is not None
            torch.testing.assert_close(found.suffix(*found.prefix(batch)), whole, rtol=0, atol=0)
    assert len(opened.stages) == 4


@pytest.mark.parametrize("model_type", ["bert", "gpt2"])
def test_a_kept_boundary_gives_the_losses_of_whole_passes_and_is_computed_once(
    run: Run,
    text_work: Build,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model_type: str,
) -> None:
    reports = {}
    seen: list[int] = []
    compute = features.Activations._compute

    def counted(self: features.Activations, *args: object) -> Iterator[object]:
        for batch in compute(self, *args):  # type: ignore[arg-type]
            seen.append(len(batch[0]) if self._depth == 2 else 0)
            yield batch

    monkeypatch.setattr(features.Activations, "_compute", counted)
    for way in (Way.THROUGH_PREFIX, Way.FROM_BOUNDARY):
        monkeypatch.setattr(preparation, "plan", forced(way))
        asked = text_work(model_type, freeze_depth=2, until_epoch=3, into=str(tmp_path / str(way)))
        reports[way] = run(asked, zoo=ZOO)
    again = text_work(model_type, freeze_depth=2, learning_rate=3e-3, into=str(tmp_path / "again"))
    run(again, zoo=ZOO)

    through, kept = reports.values()
    assert kept.loss == pytest.approx(through.loss, rel=1e-5)
    assert kept.train_value == through.train_value
    assert sum(seen) == 80  # 60 to train on, 20 to validate on, for both trials from the boundary
    marks = 2 if model_type == "bert" else 0
    tokens = [min(16, len(text.split()) + marks) for text, _ in text_nets.draw_texts(80)]
    outlines = (tmp_path / "cache" / "activations").rglob("1.f32")  # a figure a token
    buckets = [count + count % 2 for count in tokens]  # eight up to 16
    assert sum(path.stat().st_size for path in outlines) == 4 * sum(buckets) < 4 * 16 * 80


def test_the_length_is_what_nearly_all_training_texts_need(nets: Net, texts: Path) -> None:
    found = fitted(nets("bert"), zoo=ZOO, manifest=texts)

    assert found.length == 16  # up to 13 words and two marks
    assert fitted(nets("gpt2"), zoo=ZOO, manifest=texts).length == 16
    assert fitted(replace(nets("bert"), length=9), zoo=ZOO, manifest=texts).length == 9
    assert length_for(np.array([3] * 99 + [400])) == 8


@pytest.mark.parametrize("way", [Way.THROUGH_PREFIX, Way.FROM_BOUNDARY])
def test_a_batch_is_as_long_as_its_longest_bucket(
    run: Run, text_work: Build, monkeypatch: pytest.MonkeyPatch, way: Way
) -> None:
    widths: list[tuple[int, int]] = []

    def passed(trainee: Trainee, rows: Sequence[torch.Tensor]) -> torch.Tensor:
        widths.append((len(rows[0]), rows[0].shape[1]))
        return trainee.forward(rows)

    monkeypatch.setattr(preparation, "plan", forced(way))
    monkeypatch.setattr(Trainee, "__call__", passed)
    run(text_work("bert", freeze_depth=2, until_epoch=1), zoo=ZOO)

    padded = sum(count * width for count, width in widths) / sum(count for count, _ in widths)
    buckets = [count + count % 2 for count in (len(t.split()) + 2 for t, _ in text_nets.draw_texts(80))]
    assert np.mean(buckets) <= padded < 1.25 * np.mean(buckets) < 16


def test_what_is_served_reads_as_far_as_the_longest_text(nets: Net) -> None:
    look = ZOO.load(replace(nets("bert"), length=32)).preprocessing
    ids = torch.nn.functional.pad(torch.full((2, 4), 7, dtype=torch.int32), (0, 28), value=-1)
    ids[0, 4:6] = 8

    assert shortened(ids, look).tolist() == [[7, 7, 7, 7, 8, 8], [7, 7, 7, 7, -1, -1]]
    assert shortened(torch.full((1, 32), -1, dtype=torch.int32), look).shape == (1, 1)
    assert shortened(ids[:0], look).shape == (0, 32)


def test_a_texts_padding_changes_nothing(nets: Net) -> None:
    for model_type in ("bert", "roberta", "gpt2"):
        short, long = (ZOO.load(replace(nets(model_type), length=length)).module.eval() for length in (8, 32))
        ids = torch.tensor([[2, 10, 11, 3]], dtype=torch.int32)
        padded = [torch.nn.functional.pad(ids, (0, length - 4), value=-1) for length in (8, 32)]

        with torch.no_grad():
            found = [module(batch) for module, batch in zip((short, long), padded, strict=True)]

        torch.testing.assert_close(found[0], found[1], rtol=1e-5, atol=1e-5)


def test_a_trial_of_texts_learns_and_is_read_as_it_was_measured(
    run: Run, text_work: Build, texts: Path, tmp_path: Path
) -> None:
    asked = text_work("bert", freeze_depth=0, until_epoch=6, cycles=(6,), learning_rate=1e-2)

    report = run(asked, zoo=ZOO)

    assert report.value > 0.8
    predictor = trained_predictor(
        Path(asked.into),
        candidate=fitted(asked.candidate, zoo=ZOO, manifest=texts),
        configuration=asked.configuration,
        classes=("hill", "sea"),
        zoo=ZOO,
    )
    found = read_split(
        predictor, read_manifest(texts), split=Split.VALIDATION, cache=tmp_path / "cache", threads=1
    )
    accuracy = float((found.logits.argmax(axis=1) == found.targets).mean())
    assert accuracy == pytest.approx(report.value)


def test_varied_activations_are_the_same_from_the_cache_and_without(
    run: Run, text_work: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"freeze_depth": 2, "augmentation": 0.5, "until_epoch": 2}
    kept = run(text_work("bert", into=str(tmp_path / "kept"), **asked), zoo=ZOO)
    monkeypatch.setattr(
        features.Activations, "inputs", lambda self, samples, **more: features.Activations.anew(self, samples)
    )

    anew = run(text_work("bert", into=str(tmp_path / "anew"), **asked), zoo=ZOO)

    assert "activations varied" in kept.notes
    assert anew.loss == pytest.approx(kept.loss, rel=1e-5)


def test_what_is_not_varied_is_said(run: Run, text_work: Build, tmp_path: Path) -> None:
    whole = run(text_work("bert", augmentation=0.5, into=str(tmp_path / "whole")), zoo=ZOO)
    behind = run(text_work("bert", freeze_depth=2, augmentation=0.5, into=str(tmp_path / "behind")), zoo=ZOO)

    assert whole.notes == "tokens not varied"
    assert behind.notes.endswith("activations varied")


def test_a_candidate_of_pictures_is_left_out_of_texts(texts: Path) -> None:
    candidate = Candidate(id="tiny_resnet", source="embedded:tiny_resnet")

    with pytest.raises(CandidateFailed, match="tiny_resnet reads pictures, but the dataset holds texts"):
        score(Score(candidate=candidate, manifest=str(texts)), zoo=EmbeddedZoo(), threads=1, may_switch=False)


def test_a_text_net_is_scored_on_the_lengths_of_its_data(nets: Net, texts: Path) -> None:
    work = Score(candidate=nets("bert"), manifest=str(texts))

    facts = score(work, zoo=ZOO, threads=1, may_switch=True).facts

    assert (facts.length, facts.image_size, facts.features) == (16, None, 16)
    assert facts.latency_seconds and facts.backward_seconds and facts.training_bytes
    assert 0 < facts.frozen_share(2) < facts.frozen_share(4) == 1
