"""What is worse by construction is kept out, and the reason says which worse it is."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from real_job import RealHome
from safetensors.numpy import load_file, save_file

from automl_tl.domain.budget import Budget
from automl_tl.domain.gate import GatePolicy, Outcome
from automl_tl.domain.job import DEFAULT_TENANT
from automl_tl.domain.judgement import decide
from automl_tl.domain.promotion import Decided
from automl_tl.domain.work import Evaluate, Result, Work
from automl_tl.errors import Conflict
from automl_tl.model.artifact import load
from automl_tl.proof.digits import write_digits
from automl_tl.search.space_file import read_space
from automl_tl.settings import Settings
from automl_tl.training.checkpoint import NETWORK
from automl_tl.wiring.unproven import export_unproven
from automl_tl.wiring.worker import TransferWorker

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("worse-models")]

SPACE = """
[space]
name = "one"
freeze_depth = ["100%"]
max_epochs = 3
[gate]
GATE
[[candidate]]
source = "embedded:tiny_resnet"
recipe = { freeze_depth = "100%" }
"""
EPOCHS = 3
SHUFFLED = "3"


class SpoilingWorker(TransferWorker):
    """Noise gets into the weights of every trial at the end of its training."""

    def perform(self, work: Work) -> Result:
        """As ever, but for the noise."""
        result = super().perform(work)
        if isinstance(work, Evaluate) and work.configuration.pretrained and work.until_epoch == EPOCHS:
            path = Path(work.into) / NETWORK
            save_file(_noisy(load_file(path)), path)
        return result


def _noisy(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    return {
        name: (value + draw.normal(0, 0.5 + 3 * value.std(), value.shape)).astype(value.dtype)
        if value.ndim and value.dtype == np.float32
        else value
        for name, value in weights.items()
    }


def job(root: Path, dataset: Path, *, gate: str = "") -> RealHome:
    space = SPACE.replace("GATE", gate)
    return RealHome(root=root, dataset=dataset, space=space, budget=Budget(trials=1))


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 digits, every third for the test."""
    root = tmp_path_factory.mktemp("digits")
    drawn = write_digits(root / "drawn", limit=600)
    for number, path in enumerate(sorted(drawn.glob("*/*.png"))):
        into = root / "split" / ("test" if number % 3 == 0 else "train") / path.parent.name
        into.mkdir(parents=True, exist_ok=True)
        path.rename(into / path.name)
    return root / "split"


@pytest.fixture
def root(champion: tuple[Path, Decided], tmp_path: Path) -> Path:
    """A home of the test's own, in which version 1 is champion."""
    shutil.copytree(champion[0], tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="module")
def champion(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Decided]:
    root = tmp_path_factory.mktemp("home")
    decided = job(root, digits).decided()
    assert decided.decision.outcome is Outcome.PROMOTE, decided.decision.reason
    return root, decided


def champions(home: RealHome) -> list[int | None]:
    return [p.version for p in home.store.promotions(tenant=DEFAULT_TENANT, name="numbers")]


def test_a_jobs_best_answer_is_handed_out_and_said_to_be_unproven(
    champion: tuple[Path, Decided], tmp_path: Path
) -> None:
    root, decided = champion
    settings = Settings(home=root, registry="folder")

    said = export_unproven(decided.job, settings, to=tmp_path / "best")

    assert (said["proven"], said["validation"]) == (False, decided.lineage["validation"])
    assert load(tmp_path / "best").spec.classes == tuple("0123456789")
    with pytest.raises(Conflict):  # the folder holds something now
        export_unproven(decided.job, settings, to=tmp_path / "best")


def test_a_challenger_that_learnt_one_class_with_shuffled_labels_is_refused_for_that_class(
    root: Path, digits: Path, tmp_path: Path
) -> None:
    shutil.copytree(digits, tmp_path / "shuffled")
    others = [label for label in "0123456789" if label != SHUFFLED]
    for path in sorted((tmp_path / "shuffled" / "train" / SHUFFLED).iterdir())[1:]:
        path.rename(path.parents[1] / random.Random(path.name).choice(others) / path.name)

    # Were the average all that counts, so wide a margin would let it pass.
    home = job(root, tmp_path / "shuffled", gate='policy = "not-worse"\nmargin = 0.5\nmax_class_loss = 0.1')
    decided = home.decided()

    assert decided.decision.outcome is Outcome.REFUSE
    assert f'recall of class "{SHUFFLED}" is ' in decided.decision.reason
    assert "but at most 0.1 may be lost" in decided.decision.reason
    assert decide(decided.proof, read_space(home.space, root=Path()).gate) == decided.decision
    assert decide(decided.proof, GatePolicy()).outcome is Outcome.KEEP
    assert champions(home) == [1]


def test_a_challenger_whose_weights_were_spoiled_with_noise_is_kept_out(root: Path, digits: Path) -> None:
    home = job(root, digits)

    decided = home.decided(SpoilingWorker(Settings(home=root, registry="folder")))

    assert decided.decision.outcome is Outcome.REFUSE
    assert "loses to champion version 1" in decided.decision.reason
    assert "refused, for the cheap classifier is provenly better" in decided.decision.reason
    assert champions(home) == [1]


def test_where_pixels_beat_the_network_the_reason_says_so(tmp_path: Path) -> None:
    """Which quarter is a shade brighter: plain to pixels, lost in features averaged over the picture."""
    draw = np.random.default_rng(0)
    for number in range(400):
        label = number % 4
        pixels = draw.normal(120, 30, (32, 32))
        pixels[16 * (label // 2) :, 16 * (label % 2) :][:16, :16] += 20
        path = tmp_path / "quarters" / f"quarter-{label}" / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)

    decided = job(tmp_path / "home", tmp_path / "quarters").decided()

    assert decided.decision.outcome is Outcome.REFUSE
    assert "loses to the cheap classifier" in decided.decision.reason
    assert decided.decision.reason.endswith("refused, for the cheap classifier is provenly better")
