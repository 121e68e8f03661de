"""One contender of ``bench cache``: trials at one freeze depth, with kept activations or without."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automl_tl.bench.forwards import counted_forwards, pictures
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.trial import Configuration, Report
from automl_tl.domain.work import Evaluate
from automl_tl.proof.metrics import measure
from automl_tl.training.evaluation import evaluate
from automl_tl.zoo.base import Zoo


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What each contender trains: ``trials`` at one boundary for ``epochs``, all on the same pictures.

    Where trials share nothing, only ``measured`` of them are run, and their seconds multiplied; where they
    share a boundary one more, for the first computes it: the others' seconds are multiplied.
    """

    epochs: int
    trials: int
    measured: int
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where all contenders train: the weights, the frozen dataset, a folder for what they leave."""

    zoo: Zoo
    manifest: Path
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One contender: seconds and forward passes of all trials, and each measured trial's validation loss."""

    seconds: float
    forwards: int
    losses: tuple[float, ...]


@dataclass(kw_only=True)
class Contender:
    """Trials at one freeze depth; ``room`` 0: nothing is kept."""

    candidate: Candidate = field(kw_only=False)
    load: Load = field(kw_only=False)
    site: Site = field(kw_only=False)
    depth: int
    room: int
    reports: list[Report] = field(default_factory=list)
    costs: list[tuple[float, int]] = field(default_factory=list)  # seconds and forward passes
    home: str = field(init=False)

    def __post_init__(self) -> None:
        self.home = tempfile.mkdtemp(dir=self.site.folder)

    def trial(self, *, epochs: int | None = None) -> None:
        """One evaluation over all epochs, or so many."""
        with counted_forwards() as forwards:
            begun = time.perf_counter()
            work = work_of(
                self.candidate,
                depth=self.depth,
                number=len(self.reports),
                epochs=epochs or self.load.epochs,
                manifest=self.site.manifest,
                home=self.home,
            )
            report = evaluate(
                work,
                zoo=self.site.zoo,
                cache=_cache(self.site.folder, Path(self.home)),
                measure=measure("accuracy"),
                threads=self.load.threads,
                activation_bytes=self.room,
            )
            seconds = time.perf_counter() - begun
        self.reports.append(report)
        self.costs.append((seconds, pictures(forwards)))

    def told(self) -> Told:
        """What all of the trials cost."""
        seconds, passes = (_of_all(cost, trials=self.load.trials) for cost in zip(*self.costs, strict=True))
        losses = tuple(report.loss for report in self.reports)
        return Told(seconds=seconds, forwards=round(passes), losses=losses)


def _of_all(measured: Sequence[float], *, trials: int) -> float:
    """What all trials cost, where some were measured: the first as it was, the others as their mean."""
    first, others = measured[0], measured[1:] or measured
    return first + (trials - 1) * sum(others) / len(others)


def _cache(folder: Path, home: Path) -> Path:
    """A cache without activations, but with the prepared pictures that all contenders share."""
    cache = home / "cache"
    if not cache.is_dir():
        cache.mkdir()
        (folder / "pictures").mkdir(exist_ok=True)
        (cache / "pictures").symlink_to(folder / "pictures")
    return cache


def work_of(
    candidate: Candidate, *, depth: int, number: int, epochs: int, manifest: Path, home: str
) -> Evaluate:
    """The evaluation of trial ``number``: nothing varied, the learning rate a fifth higher each time."""
    configuration = Configuration(
        candidate=candidate.id,
        freeze_depth=depth,
        learning_rate=1e-4 * 1.2**number,
        head_learning_rate=1e-3 * 1.2**number,
        weight_decay=1e-4,
        augmentation=0.0,
    )
    return Evaluate(
        trial=number,
        seed=number,
        candidate=candidate,
        configuration=configuration,
        manifest=str(manifest),
        metric="accuracy",
        until_epoch=epochs,
        cycles=(epochs,),
        into=str(Path(home) / f"checkpoint-{number}"),
    )
