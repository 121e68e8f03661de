"""``bench cache``: what kept activations save over computing them again, and over training everything."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from automl_tl import heap
from automl_tl.bench.cache_contender import Contender, Load, Site, Told, work_of
from automl_tl.bench.drawn_nets import drawn_net
from automl_tl.bench.forwards import frozen_shares
from automl_tl.data.folder import survey
from automl_tl.data.image import IMAGE
from automl_tl.data.manifest import freeze, write_manifest
from automl_tl.domain.candidate import Candidate
from automl_tl.domain.dataset import Modality, Sample, Split
from automl_tl.proof.digits import write_digits
from automl_tl.settings import Settings
from automl_tl.training.arithmetic import settle
from automl_tl.training.opening import Opened, open_candidate
from automl_tl.upkeep.temporary import temporary_folder
from automl_tl.wiring.worker import zoo_of
from automl_tl.zoo.base import Zoo

TARGETS = (0.5, 0.8, 1.0)
_VALIDATION = 0.2
_ROOM = 8 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Nets:
    """``candidates`` at ``image_size`` (None: their own), and ``drawn`` architectures of random weights."""

    candidates: Sequence[Candidate]
    drawn: Sequence[str]
    image_size: int | None

    def all(self, folder: Path) -> Iterator[Candidate]:
        """Each as a candidate; drawn weights are written into ``folder``."""
        for listed in self.candidates:
            yield listed if self.image_size is None else replace(listed, image_size=self.image_size)
        for architecture in self.drawn:
            yield drawn_net(architecture, image_size=self.image_size, into=folder)


def run(nets: Nets, load: Load, *, pictures: int) -> dict[str, Any]:
    """For each candidate at the boundaries nearest to ``TARGETS``: kept, computed anew, all of it trained.

    ``pictures`` are scikit-learn's digits, a fifth for validation.
    """
    settle(threads=load.threads)
    heap.keep_freed()  # as trials do, so that f is measured as they compute
    rows = []
    with temporary_folder("automl-tl-bench-") as folder:
        manifest = _manifest(Path(folder), pictures=pictures)
        site = Site(zoo=zoo_of(Settings()), manifest=manifest, folder=Path(folder))
        for candidate in nets.all(Path(folder)):
            rows += _candidate(candidate, load, site)
    return {"load": asdict(load), "pictures": pictures, "boundaries": rows, "table": _table(rows)}


def _candidate(candidate: Candidate, load: Load, site: Site) -> list[dict[str, Any]]:
    """Contenders take turns, trial by trial, so that a machine that slows down slows all of them."""
    contender = partial(Contender, candidate, load, site)
    contender(depth=0, room=_ROOM).trial(epochs=1)
    shares = frozen_shares(_opened(candidate, site.zoo))
    depths = sorted({min(shares, key=lambda depth: abs(shares[depth] - target)) for target in TARGETS})
    full = contender(depth=0, room=_ROOM)
    kept = [contender(depth=depth, room=_ROOM) for depth in depths]
    anew = [contender(depth=depth, room=0) for depth in depths]
    if load.measured < load.trials:
        for one in kept:
            one.trial()
    for _ in range(load.measured):
        for one in (full, *kept, *anew):
            one.trial()
    return [
        _row(
            candidate, load, depth=depth, share=shares[depth], told=(ours.told(), theirs.told(), full.told())
        )
        for depth, ours, theirs in zip(depths, kept, anew, strict=True)
    ]


def _opened(candidate: Candidate, zoo: Zoo) -> Opened:
    nothing = work_of(candidate, depth=0, number=0, epochs=1, manifest=Path(), home="").configuration
    return open_candidate(candidate, configuration=nothing, zoo=zoo, seed=0)


def _manifest(folder: Path, *, pictures: int) -> Path:
    """The first digits, every fifth for validation."""
    found = survey(write_digits(folder / "digits", limit=pictures), reader=IMAGE)
    every = round(1 / _VALIDATION)
    samples = [
        Sample(
            path=sample.path,
            size=sample.size,
            sha256=sample.sha256,
            label=sample.label,
            split=Split.VALIDATION if number % every == 0 else Split.TRAIN,
        )
        for number, sample in enumerate(found.samples)
    ]
    frozen = freeze(samples, modality=Modality.IMAGE, dataset_name="digits", root=str(found.root))
    return write_manifest(frozen, folder=folder)


def _row(
    candidate: Candidate, load: Load, *, depth: int, share: float, told: Sequence[Told]
) -> dict[str, Any]:
    kept, anew, full = told
    passes = 3 * load.epochs * load.trials
    return {
        "candidate": candidate.id,
        "freeze_depth": depth,
        "frozen_share": share,
        "seconds": {"kept": kept.seconds, "anew": anew.seconds, "full": full.seconds},
        "forwards": {"kept": kept.forwards, "anew": anew.forwards, "full": full.forwards},
        "over_anew": anew.seconds / kept.seconds,
        "over_anew_possible": passes / 3 * (3 - 2 * share) / (share + passes * (1 - share)),
        "over_full": full.seconds / kept.seconds,
        "over_full_possible": passes / (share + passes * (1 - share)),
        "largest_difference_of_losses": max(
            abs(ours - theirs) for ours, theirs in zip(kept.losses, anew.losses, strict=False)
        ),
    }


def _table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        f"{'candidate':<30} {'depth':>5} {'f':>5} {'kept s':>8} {'anew s':>8} {'full s':>8} "
        f"{'×anew':>7} {'of':>7} {'×full':>7} {'of':>7} {'forwards kept':>14} {'anew':>9} {'Δ loss':>8}"
    ]
    lines += [
        f"{row['candidate']:<30} {row['freeze_depth']:>5} {row['frozen_share']:>5.2f} "
        + " ".join(f"{row['seconds'][name]:>8.2f}" for name in ("kept", "anew", "full"))
        + f" {row['over_anew']:>7.2f} {row['over_anew_possible']:>7.2f}"
        f" {row['over_full']:>7.2f} {row['over_full_possible']:>7.2f}"
        f" {row['forwards']['kept']:>14,} {row['forwards']['anew']:>9,}"
        f" {row['largest_difference_of_losses']:>8.1e}"
        for row in rows
    ]
    return "\n".join(lines)
