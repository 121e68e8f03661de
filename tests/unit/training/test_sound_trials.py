"""Sounds are trained as pictures are: kept boundaries give the losses of whole passes, and are paid once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sound_nets
import torch
from drawn_nets import Build, Net, drawn_once, forced, work_on

from automl_tl.data.manifest import write_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.trial import Report
from automl_tl.domain.work import Score
from automl_tl.errors import CandidateFailed
from automl_tl.model.sound_spec import SoundPreprocessing
from automl_tl.training import features, preparation
from automl_tl.training.fitting import fitted
from automl_tl.training.opening import open_pretrained
from automl_tl.training.scoring import score
from automl_tl.training.way import Way
from automl_tl.zoo.embedded_zoo import EmbeddedZoo
from automl_tl.zoo.local_dir import LocalDirZoo

Run = Callable[..., Report]
NETS = (*sound_nets.ENCODERS, "spectrogram")
ZOO = LocalDirZoo()

pytestmark = pytest.mark.filterwarnings("ignore:Support for mismatched key_padding_mask")


@pytest.fixture(scope="session")
def nets(tmp_path_factory: pytest.TempPathFactory) -> Net:
    return drawn_once(sound_nets.draw_net, tmp_path_factory.mktemp("nets"))


@pytest.fixture(scope="session")
def glides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glides")
    return write_manifest(sound_nets.draw_glides(folder), folder=folder)


@pytest.fixture
def sound_work(work: Build, nets: Net, glides: Path) -> Build:
    return work_on(glides, work=work, nets=nets)


@pytest.mark.parametrize("name", NETS)
def test_every_family_is_split_behind_a_stage(nets: Net, glides: Path, name: str) -> None:
    opened = open_pretrained(ZOO, fitted(nets(name), zoo=ZOO, manifest=glides))
    batch = opened.examples(5)

    halves = [opened.halves(depth) for depth in (1, len(opened.stages) // 2)]

    with torch.no_grad():
        whole = opened.backbone().eval()(batch)
        for found in halves:
            assert found is not None
            torch.testing.assert_close(
                found.suffix(*found.prefix(batch)),
                whole,
                rtol=0,
                atol=0 if opened.device.type == "cpu" else 1e-6,
            )


@pytest.mark.parametrize("name", ["wav2vec2", "wavlm", "whisper"])
def test_a_kept_boundary_gives_the_losses_of_whole_passes_and_is_computed_once(
    run: Run, sound_work: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen: list[int] = []
    compute = features.Activations._compute

    def counted(self: features.Activations, *args: object) -> Iterator[object]:
        for batch in compute(self, *args):  # type: ignore[arg-type]
            seen.append(len(batch[0]) if self._depth == 2 else 0)
            yield batch

    monkeypatch.setattr(features.Activations, "_compute", counted)
    reports = []
    for number, way in enumerate((Way.THROUGH_PREFIX, Way.FROM_BOUNDARY, Way.FROM_BOUNDARY)):
        monkeypatch.setattr(preparation, "plan", forced(way))
        asked = sound_work(name, freeze_depth=2, until_epoch=2, into=str(tmp_path / str(number)))
        reports.append(run(asked, zoo=ZOO))

    through, kept, again = reports
    assert kept.loss == pytest.approx(through.loss, rel=1e-5)
    assert kept.train_value == through.train_value and again.loss == kept.loss
    assert sum(seen) == 80  # 60 to train on, 20 to validate on, for both trials from the boundary


def test_a_net_on_spectrograms_learns_which_tones_rise(run: Run, sound_work: Build) -> None:
    asked = sound_work(
        "spectrogram", pretrained=False, learning_rate=3e-3, until_epoch=8, cycles=(8,), augmentation=0.1
    )

    assert run(asked, zoo=ZOO).value >= 0.9


def test_a_candidate_is_as_long_as_nearly_all_training_sounds(nets: Net, glides: Path) -> None:
    found = {name: score_of(nets(name), glides).length for name in ("wav2vec2", "whisper", "spectrogram")}

    assert found == {"wav2vec2": 5600, "whisper": 4800, "spectrogram": 5360}  # of 4800: each by its steps


def score_of(candidate: Candidate, manifest: Path) -> object:
    return score(
        Score(candidate=candidate, manifest=str(manifest)), zoo=ZOO, threads=1, may_switch=False
    ).facts


def test_a_net_for_pictures_is_shown_square_spectrograms(glides: Path) -> None:
    candidate = Candidate(id="tiny_plain", source="embedded:tiny_plain")

    found = fitted(candidate, zoo=EmbeddedZoo(), manifest=glides)

    look = EmbeddedZoo().load(found).preprocessing
    assert isinstance(look, SoundPreprocessing)
    assert (look.geometry, look.samples) == ((3, 32, 32), 5040)


def test_a_net_for_sounds_is_shown_no_pictures(nets: Net, manifest: Path) -> None:
    with pytest.raises(CandidateFailed, match="reads sounds, but the dataset holds pictures"):
        score_of(nets("wavlm"), manifest)
